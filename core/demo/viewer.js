// Relights a plate under the mouse: the formulas of core/relight (Lambert, GGX with height-correlated Smith, Schlick),
// one directional light, on 8-bit copies of plate and normals that the page carries.
(function () {
  "use strict";
  const root = document.getElementById("viewer");
  if (!root) return;
  const canvas = root.querySelector("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const value = (name) => root.querySelector("[name=" + name + "]");
  const toLinear = new Float32Array(256);
  for (let i = 0; i < 256; i++) {
    const v = i / 255;
    toLinear[i] = v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
  }
  const STEPS = 4096;
  const toDisplay = new Uint8ClampedArray(STEPS + 1);
  for (let i = 0; i <= STEPS; i++) {
    const v = i / STEPS;
    toDisplay[i] = Math.round(255 * (v <= 0.0031308 ? v * 12.92 : 1.055 * Math.pow(v, 1 / 2.4) - 0.055));
  }
  const COLOR = [1.0, 0.92, 0.8];
  const AROUND = [0.75, 0.88, 1.0];
  let plate = null, normals = null, picture = null;
  const aim = { x: 0.35, y: 0.35 };  // where the light stands, -1..1 over the picture

  function pixelsOf(image) {
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  }

  function load(index) {
    const pair = [root.dataset["plate" + index], root.dataset["normals" + index]].map(function (id) {
      const image = new Image();
      image.src = document.getElementById(id).src;
      return image.decode().then(() => image);
    });
    Promise.all(pair).then(function (images) {
      canvas.width = images[0].naturalWidth;
      canvas.height = images[0].naturalHeight;
      plate = pixelsOf(images[0]).data;
      const encoded = pixelsOf(images[1]).data;
      normals = new Float32Array(canvas.width * canvas.height * 3);
      for (let p = 0; p < canvas.width * canvas.height; p++) {
        const x = encoded[4 * p] / 127.5 - 1, y = encoded[4 * p + 1] / 127.5 - 1, z = encoded[4 * p + 2] / 127.5 - 1;
        const length = Math.hypot(x, y, z);
        // 8-bit zero decodes to a few thousandths: shorter than half a unit means "no surface".
        if (length < 0.5) continue;
        normals[3 * p] = x / length; normals[3 * p + 1] = y / length; normals[3 * p + 2] = z / length;
      }
      picture = context.createImageData(canvas.width, canvas.height);
      draw();
    });
  }

  function draw() {
    if (!plate) return;
    const strength = Number(value("intensity").value), ambient = Number(value("ambient").value);
    const roughness = Math.max(0.045, Number(value("roughness").value)), specular = Number(value("specular").value);
    // The mouse moves the light over a half sphere around the camera; at the rim of the picture it shines from the side.
    let lx = aim.x, ly = aim.y;
    const away = Math.hypot(lx, ly);
    if (away > 0.98) { lx *= 0.98 / away; ly *= 0.98 / away; }
    const lz = Math.sqrt(1 - lx * lx - ly * ly);
    const hl = Math.hypot(lx, ly, lz + 1), hx = lx / hl, hy = ly / hl, hz = (lz + 1) / hl;
    const a = roughness * roughness, a2 = a * a, f0 = 0.08 * specular;
    const fresnel = (f0 + (1 - f0) * Math.pow(1 - hz, 5)) * (specular > 0 ? 1 : 0);
    const out = picture.data;
    for (let p = 0, i = 0, n = 0; p < canvas.width * canvas.height; p++, i += 4, n += 3) {
      const nx = normals[n], ny = normals[n + 1], nz = normals[n + 2];
      out[i + 3] = 255;
      if (nx === 0 && ny === 0 && nz === 0) {
        out[i] = plate[i]; out[i + 1] = plate[i + 1]; out[i + 2] = plate[i + 2];
        continue;
      }
      const nl = Math.max(0, nx * lx + ny * ly + nz * lz), nv = Math.max(1e-4, nz);
      const nh = nx * hx + ny * hy + nz * hz, width = nh * nh * (a2 - 1) + 1;
      const visible = 0.5 / Math.max(1e-9, nl * Math.sqrt(a2 + (1 - a2) * nv * nv) + nv * Math.sqrt(a2 + (1 - a2) * nl * nl));
      const lobe = (a2 / (width * width)) * visible * fresnel * nl * strength;  // pi D V F, with D's pi folded in
      for (let c = 0; c < 3; c++) {
        const albedo = toLinear[plate[i + c]];
        const light = albedo * (nl * strength * COLOR[c] + ambient * AROUND[c]) + lobe * COLOR[c];
        out[i + c] = toDisplay[Math.min(STEPS, Math.max(0, light * STEPS)) | 0];
      }
    }
    context.putImageData(picture, 0, 0);
  }

  canvas.addEventListener("pointermove", function (event) {
    const box = canvas.getBoundingClientRect();
    aim.x = ((event.clientX - box.left) / box.width) * 2 - 1;
    aim.y = 1 - ((event.clientY - box.top) / box.height) * 2;
    requestAnimationFrame(draw);
  });
  for (const name of ["intensity", "ambient", "roughness", "specular"]) value(name).addEventListener("input", draw);
  value("picture").addEventListener("change", (event) => load(event.target.value));
  load(0);
})();
