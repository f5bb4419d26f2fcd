// Passkeys: asks the portal what to ask, asks the browser's authenticator, and sends its answer with the form.
(() => {
  const reasons = {
    NotAllowedError: 'Nothing was chosen, or it took too long. Try again.',
    InvalidStateError: 'This device has a passkey for your account already.',
    SecurityError: 'The address of this portal cannot have passkeys: they need a name (not a number) and HTTPS.',
  };
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const trouble = form.querySelector('[data-passkey-trouble]');
    const button = form.querySelector('button[type=submit]');
    if (!window.isSecureContext || !window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
      button.disabled = true;
      trouble.textContent = window.isSecureContext
        ? 'This browser does not know passkeys.'
        : 'Passkeys need HTTPS. This portal was opened over plain HTTP, where only localhost can have them.';
      continue;
    }
    form.addEventListener('submit', async event => {
      event.preventDefault();
      trouble.textContent = '';
      button.disabled = true;
      try {
        const answer = await fetch(new URL(form.dataset.options, document.baseURI), {
          method: 'POST', headers: { RequestVerificationToken: form.querySelector('[name=__RequestVerificationToken]').value },
        });
        if (!answer.ok) throw new Error(answer.status === 429 ? 'Too many tries in a short time. Wait a minute.' : 'The portal refused. Load the page again.');
        const options = await answer.json();
        const credential = form.dataset.passkey === 'make'
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
        form.querySelector('[name$=".Credential"]').value = JSON.stringify(credential.toJSON());
        form.submit();
      } catch (error) {
        trouble.textContent = reasons[error.name] ?? error.message;
        button.disabled = false;
      }
    });
  }
})();
