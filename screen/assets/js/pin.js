// The pad of a PIN field: digits as large buttons, so that four directions and press are enough. Without script the field does.

for (const box of document.querySelectorAll("[data-pad]")) {
  const input = box.querySelector("input");
  const pad = document.createElement("div");
  pad.className = "pad";
  pad.setAttribute("role", "group");
  pad.setAttribute("aria-label", box.dataset.pad);
  const key = (text, label, press) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.textContent = text;
    if (label) button.setAttribute("aria-label", label);
    button.addEventListener("click", press);
    pad.append(button);
  };
  const digit = (text) => key(text, "", () => {
    if (input.value.length < input.maxLength) input.value += text;
  });
  for (const text of "123456789") digit(text);
  key("×", box.dataset.clear, () => { input.value = ""; });
  digit("0");
  key("←", box.dataset.back, () => { input.value = input.value.slice(0, -1); });
  box.append(pad);
}
