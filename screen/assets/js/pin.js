// The pad of a PIN field: digits as large buttons, so that four directions and press are enough. Without script the field does.

function pad(box) {
  const input = box.querySelector("input");
  const keys = document.createElement("div");
  keys.className = "pad";
  keys.setAttribute("role", "group");
  keys.setAttribute("aria-label", box.dataset.pad);
  const key = (text, label, press) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.textContent = text;
    if (label) button.setAttribute("aria-label", label);
    button.addEventListener("click", press);
    keys.append(button);
  };
  const digit = (text) => key(text, "", () => {
    if (input.value.length < input.maxLength) input.value += text;
  });
  for (const text of "123456789") digit(text);
  key("×", box.dataset.clear, () => { input.value = ""; });
  digit("0");
  key("←", box.dataset.back, () => { input.value = input.value.slice(0, -1); });
  box.append(keys);
}

function all() {
  for (const box of document.querySelectorAll("[data-pad]:not(:has(.pad))")) pad(box);
}

all();
// The page is kept up to date part by part, and a new part comes without its pad.
new MutationObserver(all).observe(document.body, { childList: true, subtree: true });
