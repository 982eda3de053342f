// The picture of a page with the boxes of the values on it: pages, zoom, and the way from a box to its field and back.

const SVG = "http://www.w3.org/2000/svg";
const ZOOMS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4];
const FITTING = 1;
const MARGIN_OF_BOX = 2;
const WIDTH_LEAST = 1200;
const WIDTH_STEP = 400;
const WIDTH_MAX = 2400;

export class Sheet {
  /** `pages`: number, width and height in the units of the boxes; `chosen(name)`: somebody pressed the box of a field. */
  constructor(root, { documentId, pages, chosen, text }) {
    this.root = root;
    this.documentId = documentId;
    this.pages = pages;
    this.chosen = chosen;
    this.text = text;
    this.view = root.querySelector("[data-view]");
    this.picture = root.querySelector("[data-paper]");
    this.image = this.picture?.querySelector("img");
    this.boxes = this.picture?.querySelector("svg");
    this.index = 0;
    this.zoom = FITTING;
    this.places = [];
    this.lit = "";
    if (!this.image || !pages.length) return;
    this.listen();
    this.show(0);
  }

  listen() {
    this.image.addEventListener("error", () => this.tell("failed"));
    this.image.addEventListener("load", () => this.tell("shown"));
    this.boxes.addEventListener("click", (event) => {
      const name = event.target.dataset?.box;
      if (name) this.chosen(name);
    });
    this.boxes.addEventListener("pointerover", (event) => this.light(event.target.dataset?.box ?? this.lit, { scroll: false, keep: false }));
    this.boxes.addEventListener("pointerout", () => this.light(this.lit, { scroll: false }));
    this.root.addEventListener("click", (event) => this.act(event.target.closest("[data-sheet]")?.dataset.sheet));
    new ResizeObserver(() => this.size()).observe(this.view);
  }

  act(what) {
    if (what === "previous") this.show(Math.max(0, this.index - 1));
    if (what === "next") this.show(Math.min(this.pages.length - 1, this.index + 1));
    if (what === "closer") this.zoomTo(ZOOMS.find((zoom) => zoom > this.zoom) ?? this.zoom);
    if (what === "farther") this.zoomTo(ZOOMS.findLast((zoom) => zoom < this.zoom) ?? this.zoom);
    if (what === "fit") this.zoomTo(FITTING);
    if (what === "again") this.load();
  }

  zoomTo(zoom) {
    this.zoom = zoom;
    this.size();
    this.scrollToLit();
  }

  /** The words beside a picture that is on its way, or did not come. */
  tell(state) {
    this.root.dataset.picture = state;
  }

  get page() {
    return this.pages[this.index];
  }

  show(index) {
    this.index = index;
    this.tell("loading");
    this.boxes.setAttribute("viewBox", `0 0 ${this.page.width} ${this.page.height}`);
    this.loadedWidth = 0;
    this.size();
    this.draw();
    this.root.querySelector("[data-page-number]").textContent = this.text("review.page_of", { n: index + 1, of: this.pages.length });
    this.root.querySelector('[data-sheet="previous"]').disabled = index === 0;
    this.root.querySelector('[data-sheet="next"]').disabled = index === this.pages.length - 1;
    this.image.alt = this.text("review.picture_of", { n: index + 1 });
  }

  /** Sizes go into attributes: the page allows no inline style. A picture too coarse for its size is asked for anew. */
  size() {
    const width = Math.max(120, Math.round((this.view.clientWidth - 2 * MARGIN_OF_BOX) * this.zoom));
    const height = Math.round((width * this.page.height) / this.page.width);
    for (const part of [this.image, this.boxes]) {
      part.setAttribute("width", width);
      part.setAttribute("height", height);
    }
    const wanted = Math.min(WIDTH_MAX, Math.max(WIDTH_LEAST, Math.ceil((width * window.devicePixelRatio) / WIDTH_STEP) * WIDTH_STEP));
    if (wanted > this.loadedWidth) {
      this.loadedWidth = wanted;
      this.load();
    }
  }

  load() {
    this.tell("loading");
    this.image.src = `/v1/documents/${this.documentId}/pages/${this.page.number}.png?width=${this.loadedWidth}`;
  }

  /** `places`: `{name, mark, page, box: [x0, y0, x1, y1]}` of every value that stands on a page. */
  setPlaces(places) {
    this.places = places;
    if (this.image && this.pages.length) this.draw();
  }

  draw() {
    const margin = (this.page.width / 400) * MARGIN_OF_BOX;
    const drawn = this.places
      .filter((place) => place.page === this.page.number)
      .map(({ name, mark, box }) => {
        const [x0, y0, x1, y1] = box;
        const one = document.createElementNS(SVG, "rect");
        one.setAttribute("x", x0 - margin);
        one.setAttribute("y", y0 - margin);
        one.setAttribute("width", Math.max(1, x1 - x0 + 2 * margin));
        one.setAttribute("height", Math.max(1, y1 - y0 + 2 * margin));
        one.setAttribute("rx", margin);
        one.dataset.box = name;
        one.dataset.mark = mark;
        return one;
      });
    this.boxes.replaceChildren(...drawn);
    this.mark(this.lit);
  }

  mark(name) {
    for (const box of this.boxes.children) box.classList.toggle("lit", Boolean(name) && box.dataset.box === name);
  }

  /** Light the box of a field; `scroll` brings it into view, turning the page if need be. */
  light(name, { scroll = true, keep = true } = {}) {
    if (!this.image || !this.pages.length) return;
    if (keep) this.lit = name;
    if (scroll) {
      const places = this.places.filter((place) => place.name === name);
      if (places.length && !places.some((place) => place.page === this.page.number)) {
        const goal = this.pages.findIndex((page) => page.number === places[0].page);
        if (goal >= 0) this.show(goal);
      }
    }
    this.mark(name);
    if (scroll) this.scrollToLit();
  }

  scrollToLit() {
    const box = this.boxes.querySelector(".lit");
    if (!box) return;
    const at = box.getBoundingClientRect();
    const view = this.view.getBoundingClientRect();
    const above = at.top < view.top || at.bottom > view.bottom;
    const beside = at.left < view.left || at.right > view.right;
    if (above) this.view.scrollTop += at.top - view.top - (view.height - at.height) / 2;
    if (beside) this.view.scrollLeft += at.left - view.left - (view.width - at.width) / 2;
  }
}
