"""`python -m weiproof.scripts` is the `weiproof` command."""

from __future__ import annotations

import sys

from .cli import main

sys.exit(main())
