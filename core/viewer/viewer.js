// Shows one texture under up to two normal maps: on a solid, or as a flat picture that is relit where it was taken.
// What the page carries is in #data (JSON): title, color, normals [{name, url, directx}], shape. `window.viewer` is for
// tests and for the console.
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const canvas = document.querySelector("canvas");
  const field = (name) => document.querySelector("[name=" + name + "]");
  const light = { x: -0.55, y: 0.6, z: 0.9 };   // where it stands; the solid has radius 1, the picture's shorter side 2
  const turn = { x: 0.25, y: -0.35 };
  let zoom = 1, renderer, ready = false, frames = 0;

  function fail(message) {
    const box = document.getElementById("trouble");
    box.textContent = message;
    box.hidden = false;
  }

  function texture(url, isColor) {
    return new Promise(function (resolve, reject) {
      const image = new Image();
      image.onload = function () {
        const made = new THREE.Texture(image);
        made.colorSpace = isColor ? THREE.SRGBColorSpace : THREE.NoColorSpace;
        made.wrapS = made.wrapT = THREE.RepeatWrapping;
        made.anisotropy = renderer.capabilities.getMaxAnisotropy();
        made.needsUpdate = true;
        resolve(made);
      };
      image.onerror = () => reject(new Error("a picture in this page cannot be read"));
      image.src = url;
    });
  }

  const solids = {
    ball: () => new THREE.SphereGeometry(1, 128, 64),
    plane: () => new THREE.PlaneGeometry(2, 2),
    cylinder: () => new THREE.CylinderGeometry(0.75, 0.75, 1.7, 96),
    cube: () => new THREE.BoxGeometry(1.35, 1.35, 1.35),
  };
  // How often the texture goes round, across and up, so that it is about as wide on every solid.
  const repeats = { ball: [2, 1], plane: [1, 1], cylinder: [2, 0.75], cube: [1, 1] };

  const pictureShader = {
    vertexShader: `
      varying vec2 place; varying vec3 point;
      void main() { place = uv; point = position; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`,
    fragmentShader: `
      precision highp float;
      uniform sampler2D plate, normals; uniform vec3 lamp; uniform float strength, green, brightness, ambient, roughness;
      varying vec2 place; varying vec3 point;
      void main() {
        vec3 color = texture2D(plate, place).rgb;
        vec3 code = texture2D(normals, place).rgb * 2.0 - 1.0;
        float known = step(0.5, length(code));           // grey means: no surface here
        vec3 n = normalize(vec3(code.x * strength, code.y * strength * green, max(code.z, 0.001)));
        vec3 away = lamp - point;
        vec3 l = normalize(away);
        vec3 h = normalize(l + vec3(0.0, 0.0, 1.0));
        float nl = max(dot(n, l), 0.0), nh = max(dot(n, h), 0.0);
        float a = max(roughness * roughness, 0.002), d = nh * nh * (a * a - 1.0) + 1.0;
        float shine = 0.04 * a * a / (4.0 * d * d) * nl;
        float reach = 1.0 / (0.35 + dot(away, away) * 0.45);
        vec3 lit = color * (ambient + brightness * reach * nl) + vec3(shine * brightness * reach);
        gl_FragColor = vec4(mix(color * ambient, lit, known), 1.0);
        #include <colorspace_fragment>
      }`,
  };

  function start(color, maps) {
    const solidCamera = new THREE.PerspectiveCamera(35, 1, 0.1, 50);
    const flatCamera = new THREE.OrthographicCamera(-1, 1, 1, -1, 0, 10);
    flatCamera.position.z = 5;
    const aspect = (data.pixelAspect * color.image.width) / color.image.height;
    const views = maps.map(function (map, index) {
      const scene = new THREE.Scene();
      const own = color.clone(), ownMap = map.clone();
      own.needsUpdate = ownMap.needsUpdate = true;
      const material = new THREE.MeshStandardMaterial({ map: own, normalMap: ownMap, metalness: 0 });
      const solid = new THREE.Mesh(new THREE.BufferGeometry(), material);
      const lamp = new THREE.DirectionalLight(0xffffff, 2.6);
      const sky = new THREE.HemisphereLight(0xcfdcff, 0x40372c, 0.5);
      const marker = new THREE.Mesh(new THREE.SphereGeometry(0.035, 16, 12), new THREE.MeshBasicMaterial({ color: 0xe9b44c }));
      const picture = new THREE.Mesh(
        new THREE.PlaneGeometry(2 * Math.max(1, aspect), 2 * Math.max(1, 1 / aspect)),
        new THREE.ShaderMaterial({
          ...pictureShader,
          uniforms: {
            plate: { value: color }, normals: { value: map }, lamp: { value: new THREE.Vector3() }, strength: { value: 1 },
            green: { value: 1 }, brightness: { value: 1 }, ambient: { value: 0.3 }, roughness: { value: 0.5 },
          },
        })
      );
      scene.add(solid, lamp, sky, picture, marker);
      return { scene, solid, material, own, ownMap, lamp, sky, marker, picture, directx: data.normals[index].directx };
    });

    function shape() { return document.querySelector("[name=shape]:checked").value; }

    function draw() {
      const width = canvas.clientWidth, height = canvas.clientHeight;
      if (!width || !height) return;
      renderer.setSize(width, height, false);
      const both = views.length > 1 && field("both").checked;
      const shown = both ? views : [views[Math.min(views.length - 1, field("second") && field("second").checked ? 1 : 0)]];
      const kind = shape(), flat = kind === "picture";
      const strength = Number(field("strength").value), across = width / shown.length / height;
      renderer.setScissorTest(true);
      shown.forEach(function (view, index) {
        const wide = Math.floor(width / shown.length);
        renderer.setViewport(index * wide, 0, wide, height);
        renderer.setScissor(index * wide, 0, wide, height);
        const green = view.directx !== field("directx").checked ? -1 : 1;
        view.solid.visible = view.lamp.visible = view.sky.visible = !flat;
        view.picture.visible = flat;
        if (flat) {
          const u = view.picture.material.uniforms;
          u.lamp.value.set(light.x, light.y, light.z);
          u.strength.value = strength;
          u.green.value = green;
          u.brightness.value = Number(field("brightness").value);
          u.ambient.value = Number(field("ambient").value);
          u.roughness.value = Number(field("roughness").value);
          const half = [Math.max(1, aspect), Math.max(1, 1 / aspect)];
          const scale = Math.max(half[0] / across, half[1]) * 1.04 / zoom;
          flatCamera.left = -scale * across; flatCamera.right = scale * across;
          flatCamera.top = scale; flatCamera.bottom = -scale;
          flatCamera.updateProjectionMatrix();
          view.marker.position.set(light.x, light.y, 1);
        } else {
          if (view.kind !== kind) {
            view.solid.geometry.dispose();
            view.solid.geometry = solids[kind]();
            view.kind = kind;
          }
          const times = Number(field("repeat").value);
          for (const map of [view.own, view.ownMap]) {
            // A texture that is not square keeps its proportions.
            const around = repeats[kind][0] * times / Math.max(1, aspect);
            // Whole times round a ball or cylinder: no seam of its own.
            const whole = around > 1 || kind !== "plane" ? Math.max(1, Math.round(around)) : around;
            map.repeat.set(whole, repeats[kind][1] * times * Math.min(1, aspect));
          }
          view.material.normalScale.set(strength, strength * green);
          view.material.roughness = Number(field("roughness").value);
          view.lamp.position.set(light.x, light.y, light.z);
          view.lamp.intensity = 1.7 * Number(field("brightness").value);
          view.sky.intensity = 1.6 * Number(field("ambient").value);
          view.solid.rotation.set(turn.x, turn.y, 0);
          view.marker.position.set(light.x, light.y, light.z).multiplyScalar(1.25);
          solidCamera.aspect = across;
          solidCamera.position.set(0, 0, 4.4 / zoom / Math.min(1, across));
          solidCamera.updateProjectionMatrix();
        }
        renderer.render(view.scene, flat ? flatCamera : solidCamera);
      });
      const names = shown.map((view) => data.normals[views.indexOf(view)].name);
      document.getElementById("left").textContent = names[0];
      document.getElementById("right").textContent = names[1] || "";
      document.getElementById("right").hidden = names.length < 2;
      frames += 1;
    }

    let waiting = false;
    function later() {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(function () { waiting = false; draw(); });
    }

    function toPicture(event) {
      // Mouse -> the units in which the light moves.
      const box = canvas.getBoundingClientRect();
      const count = views.length > 1 && field("both").checked ? 2 : 1;
      const wide = box.width / count, x = (event.clientX - box.left) % wide;
      const flat = shape() === "picture";
      const scale = flat ? flatCamera.top : 1.35;
      const across = wide / box.height;
      return [(2 * x / wide - 1) * scale * (flat ? across : Math.max(1, across)), (1 - 2 * (event.clientY - box.top) / box.height) * scale];
    }

    function moveLight(x, y) {
      light.x = x; light.y = y;
      // Over a solid the light runs on a half sphere around it; over a picture it keeps its distance.
      light.z = shape() === "picture" ? Number(field("distance").value) : Math.sqrt(Math.max(0.03, 1.45 - x * x - y * y));
      later();
    }

    let drag = null;
    canvas.addEventListener("pointerdown", function (event) {
      canvas.setPointerCapture(event.pointerId);
      drag = { turns: event.button === 2 || event.shiftKey, x: event.clientX, y: event.clientY };
      if (!drag.turns) moveLight(...toPicture(event));
    });
    canvas.addEventListener("pointermove", function (event) {
      if (!drag) return;
      if (drag.turns) {
        turn.y += (event.clientX - drag.x) * 0.008;
        turn.x += (event.clientY - drag.y) * 0.008;
        drag.x = event.clientX; drag.y = event.clientY;
        later();
      } else moveLight(...toPicture(event));
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { drag = null; });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("wheel", function (event) {
      event.preventDefault();
      zoom = Math.min(12, Math.max(0.4, zoom * Math.exp(-event.deltaY * 0.001)));
      later();
    }, { passive: false });
    canvas.addEventListener("keydown", function (event) {
      const step = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
      if (!step) return;
      event.preventDefault();
      moveLight(light.x + step[0], light.y + step[1]);
    });
    for (const input of document.querySelectorAll("header input")) {
      input.addEventListener("input", function () {
        const out = input.parentElement.querySelector("output");
        if (out) out.value = Number(input.value).toFixed(2);
        moveLight(light.x, light.y);
        dress();
      });
    }
    function dress() {
      const flat = shape() === "picture";
      document.getElementById("repeat-box").hidden = flat;
      document.getElementById("distance-box").hidden = !flat;
      document.getElementById("help").textContent = flat
        ? "Drag the light over the picture; the wheel zooms, arrow keys move the light."
        : "Drag to move the light, drag with Shift or the right button to turn the solid; the wheel zooms.";
    }
    new ResizeObserver(later).observe(canvas);
    dress();
    moveLight(light.x, light.y);
    draw();
    ready = true;
    window.viewer = {
      moveLight, draw,
      get ready() { return ready; },
      get frames() { return frames; },
      // Mean and the values of a coarse grid of what is shown, 0..255: enough to tell two pictures apart.
      grid(count) {
        draw();
        const small = document.createElement("canvas");
        small.width = small.height = count;
        const context = small.getContext("2d");
        context.drawImage(canvas, 0, 0, count, count);
        return Array.from(context.getImageData(0, 0, count, count).data);
      },
    };
  }

  try {
    renderer = new THREE.WebGLRenderer({ canvas, antialias: true, preserveDrawingBuffer: true });
  } catch (error) {
    fail("This browser gives no WebGL, which the viewer draws with: " + error.message);
    return;
  }
  renderer.setPixelRatio(Math.min(2, window.devicePixelRatio || 1));
  renderer.setClearColor(0x191817);
  Promise.all([texture(data.color, true), ...data.normals.map((one) => texture(one.url, false))])
    .then((found) => start(found[0], found.slice(1)))
    .catch((error) => fail(String(error.message || error)));
})();
