// One account at a time: its picture, its figures and its events.

const PREFIX = "#account=";

/** Where an account is opened; nowhere, where its name cannot stand in an address. */
function addressOf(name) {
  try {
    return PREFIX + encodeURIComponent(name);
  } catch {
    return undefined;
  }
}

export function openAccounts({ tables }) {
  const panel = document.getElementById("account");
  const figure = panel.querySelector("figure");
  const heading = panel.querySelector("h3");
  const eventsHeading = document.getElementById("happenings-head");
  const views = new Map();
  const known = new Set(tables.get("accounts").column("account"));

  const narrow = (name) => {
    for (const [key, view] of views) {
      const names = tables.get(key).column("account");
      view.narrow(name === null ? () => true : (row) => names[row] === name);
    }
  };

  const show = (name) => {
    panel.hidden = false;
    heading.textContent = name;
    eventsHeading.textContent = `Events of ${name}`;
    figure.dataset.account = name;
    figure.dispatchEvent(new Event("choose"));
    narrow(name);
  };

  const hide = () => {
    panel.hidden = true;
    eventsHeading.textContent = "Events";
    narrow(null);
  };

  const follow = () => {
    const { hash } = window.location;
    if (!hash.startsWith(PREFIX)) return;
    let name = "";
    try {
      name = decodeURIComponent(hash.slice(PREFIX.length));
    } catch {
      return; // not a name that this page wrote
    }
    if (!known.has(name)) return;
    show(name);
    panel.scrollIntoView({ block: "start" });
    heading.focus({ preventScroll: true });
  };

  panel.querySelector("[data-close]").addEventListener("click", () => {
    window.history.replaceState(null, "", "#accounts");
    hide();
  });
  window.addEventListener("hashchange", follow);

  return {
    follow,
    optionsOf: (key) => (key === "accounts" ? { href: addressOf } : undefined),
    opened: (key, view) => {
      if (key === "standings" || key === "happenings") views.set(key, view);
    },
  };
}
