/**
 * The script of passkey pages: shows what needs a passkey where the page's host can use one, performs the ceremony when
 * its form is sent, and sends what was signed. It keeps nothing and talks to nobody.
 */
export const PASSKEY_SCRIPT = `const text = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
const bytes = (of) =>
  Uint8Array.from(atob(of.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
const json = (of) => JSON.parse(new TextDecoder().decode(bytes(of)));
const usable = 'PublicKeyCredential' in window && 'credentials' in navigator;
const fits = (rpId) => location.hostname === rpId || location.hostname.endsWith('.' + rpId);

for (const part of document.querySelectorAll('[data-passkey-rp]'))
  if (usable && fits(part.dataset.passkeyRp)) {
    part.hidden = false;
    document.querySelector('[data-passkey-missing]')?.remove();
  }

const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function assertion(options) {
  const { response, rawId } = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) },
  });
  return {
    credentialId: text(rawId),
    clientDataJSON: text(response.clientDataJSON),
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    ...(response.userHandle && { userHandle: text(response.userHandle) }),
  };
}

async function creation(options) {
  const { response, rawId } = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    },
  });
  return {
    credentialId: text(rawId),
    clientDataJSON: text(response.clientDataJSON),
    attestationObject: text(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  };
}

const field = document.querySelector('[data-passkey]');
const problem = document.querySelector('[data-passkey-problem]');
field?.form.addEventListener('submit', async (event) => {
  const { submitter } = event;
  if ((submitter && submitter.value !== 'verify') || field.value !== '') return;
  event.preventDefault();
  problem.hidden = true;
  try {
    const perform = field.dataset.passkey === 'passkey:reg' ? creation : assertion;
    field.value = JSON.stringify(await perform(json(field.dataset.options)));
    field.form.requestSubmit(submitter ?? undefined);
  } catch {
    field.value = '';
    problem.textContent = 'That did not work. Try again, or choose another way.';
    problem.hidden = false;
  }
});
`;
