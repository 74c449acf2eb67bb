// The code stands in the fragment, which browsers never send: it reaches the server only when the button is pressed.
const code = decodeURIComponent(location.hash.slice(1));
const field = document.getElementById("code");
if (code && field) {
  field.value = code;
  history.replaceState(null, "", location.pathname);
}
