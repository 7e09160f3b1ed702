/* A device makes a passkey, or signs with one; its answer goes into the form around the button. */
(() => {
  "use strict";
  const numbers = /^[\d.]+$|:/.test(location.hostname); /* such an address has no passkeys */
  const able = !numbers && globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON;
  document.querySelectorAll("[data-passkey]").forEach((place) => {
    if (!able) return;
    const form = place.closest("form"), making = place.dataset.passkey === "create";
    const said = Object.assign(document.createElement("p"), { className: "hint" });
    said.setAttribute("role", "status");
    place.after(said);
    place.hidden = false;
    place.querySelector("button").addEventListener("click", async () => {
      said.textContent = "";
      try {
        const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
        const answer = await fetch(place.dataset.options, { method: "POST", body });
        if (!answer.ok) throw new Error(answer.statusText);
        const options = await answer.json();
        const credential = making
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
        const field = form.elements[place.dataset.into];
        field.value = JSON.stringify(credential);
        form.submit();
      } catch {
        said.textContent = "No passkey was used. You can try once more, or go on another way.";
      }
    });
  });
})();
