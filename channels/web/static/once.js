// The code stands in the fragment, which browsers never send: it reaches the server only when the button is pressed.
const code = decodeURIComponent(location.hash.slice(1));
const field = document.getElementById("code");
if (code && field) {
  field.value = code;
  history.replaceState(null, "", location.pathname);
}
// The page in another language keeps the code: browsers carry the fragment of a request over its redirect.
for (const form of document.querySelectorAll('form[action="/language"]')) {
  form.addEventListener("submit", () => {
    if (field?.value) form.action = `/language#${encodeURIComponent(field.value)}`;
  });
}
