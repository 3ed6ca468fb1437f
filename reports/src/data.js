// The page's data block: tables by column. A chart and a table on the page read the same columns.

/** @returns {{units: object, tables: Map<string, Table>, facts: object}} */
export function read(element) {
  const form = JSON.parse(element.textContent);
  const tables = new Map(
    Object.entries(form.tables).map(([key, table]) => [key, new Table(key, table, form.units)]),
  );
  return { ...form, tables };
}

class Table {
  constructor(key, form, units) {
    this.key = key;
    this.count = form.count;
    this.columns = form.columns;
    this.places = new Map(form.columns.map((column, i) => [column.key, i]));
    this.cells = form.cells;
    this.units = form.columns.map((column) => ({ ...units, ...form.units })[column.kind]);
    this.columnsMade = new Map();
  }

  has(key) {
    return this.places.has(key);
  }

  unit(key) {
    return this.units[this.places.get(key)];
  }

  kind(key) {
    return this.columns[this.places.get(key)].kind;
  }

  /** A text, a time in seconds, a BigInt, or null. */
  value(row, key) {
    return this.column(key)[row];
  }

  /** All values of a column; integers are made once. */
  column(key) {
    if (!this.columnsMade.has(key)) {
      const place = this.places.get(key);
      const { kind, values } = this.columns[place];
      const made = (text) => (text === null || kind === "text" || kind === "time" ? text : BigInt(text));
      const known = values?.map(made);
      this.columnsMade.set(key, this.cells[place].map((cell) => (known ? known[cell] : made(cell))));
    }
    return this.columnsMade.get(key);
  }

  /** The texts that occur in a column, in their order. */
  texts(key) {
    return this.columns[this.places.get(key)].values;
  }

  /** Rows as objects, those for which `keep` is true. */
  rows(keep = () => true) {
    const columns = this.columns.map(({ key }) => [key, this.column(key)]);
    const found = [];
    for (let i = 0; i < this.count; i += 1) {
      const row = { index: i };
      for (const [key, values] of columns) row[key] = values[i];
      if (keep(row)) found.push(row);
    }
    return found;
  }
}
