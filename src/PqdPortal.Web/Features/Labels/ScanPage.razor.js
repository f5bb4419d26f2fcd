// Reads a QR code from a photo, where this browser can.

export function mount(zone, page) {
  if (!zone || !('BarcodeDetector' in window)) return { dispose() {} };
  const button = zone.querySelector('[data-scan]');
  const trouble = zone.querySelector('[data-scan-trouble]');
  const say = text => { trouble.textContent = text; trouble.hidden = !text; };
  BarcodeDetector.getSupportedFormats().then(formats => { button.hidden = !formats.includes('qr_code'); }).catch(() => { button.hidden = true; });
  async function read(event) {
    const [photo] = event.target.files;
    event.target.value = '';
    if (!photo) return;
    say('');
    try {
      const picture = await createImageBitmap(photo, { imageOrientation: 'from-image' });
      const [code] = await new BarcodeDetector({ formats: ['qr_code'] }).detect(picture);
      picture.close();
      if (code) await page.invokeMethodAsync('Scanned', code.rawValue);
      else say('No code was found in this photo. Go nearer, hold the phone still, and photograph it again; or type the code below.');
    } catch {
      say('This photo could not be read. Photograph the code again, or type it below.');
    }
  }
  button.addEventListener('change', read);
  return { dispose() { button.removeEventListener('change', read); } };
}
