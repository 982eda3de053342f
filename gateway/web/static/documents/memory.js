// What is remembered of suppliers: looked at, and forgotten when a person says so.
import { ask, showRefusal, texts } from "../frame/api.js";

const text = texts();
const dialog = document.getElementById("forget-dialog");
let chosen = null;

document.addEventListener("click", async (event) => {
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (act === "forget") {
    chosen = event.target.closest("[data-supplier]");
    dialog.querySelector("[data-title]").textContent = text("memory.forget_named", { name: chosen.dataset.name });
    dialog.querySelector("[data-problem]").hidden = true;
    dialog.showModal();
  }
  if (act === "forget-now") {
    try {
      await ask(`/v1/supplier-memory/${encodeURIComponent(chosen.dataset.supplier)}`, { method: "DELETE" });
      location.reload();
    } catch (error) {
      showRefusal(dialog.querySelector("[data-problem]"), error, text);
    }
  }
});
