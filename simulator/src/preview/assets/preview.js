// Waits until the file was read anew, and loads the page again; the place on it stays.
const shown = document.body.dataset.generation;

async function wait() {
  for (;;) {
    try {
      const answer = await fetch("/version", { headers: { "x-generation": shown }, cache: "no-store" });
      if (answer.ok && (await answer.text()) !== shown) {
        location.reload();
        return;
      }
    } catch {
      // The preview was stopped; it may come back at the same address.
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

wait();
