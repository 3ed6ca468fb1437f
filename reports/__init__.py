"""Reports: one self-contained HTML file of a run, a comparison, a finding or a campaign."""
