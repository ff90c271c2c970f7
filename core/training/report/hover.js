// One pointer, all charts: the step under it is marked and read out in each of them.
(() => {
  const charts = [...document.querySelectorAll("figure.chart")].map((figure) => ({
    figure,
    points: JSON.parse(figure.dataset.points),
    output: figure.querySelector("output"),
    atRest: figure.querySelector("output").textContent,
    guide: figure.querySelector(".guide"),
    mark: figure.querySelector(".mark"),
  }));
  const nearest = (points, x) => {
    let low = 0, high = points.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (points[middle][3] < x) low = middle; else high = middle;
    }
    return x - points[low][3] < points[high][3] - x ? points[low] : points[high];
  };
  const show = (x) => charts.forEach(({ figure, points, output, guide, mark }) => {
    const [step, value, smoothed, px, py] = nearest(points, x);
    guide.setAttribute("x1", px);
    guide.setAttribute("x2", px);
    mark.setAttribute("cx", px);
    mark.setAttribute("cy", py);
    output.textContent = `step ${step + 1}: ${value}` + (smoothed ? `, smoothed ${smoothed}` : "");
    figure.classList.add("held");
  });
  const rest = () => charts.forEach(({ figure, output, atRest }) => {
    output.textContent = atRest;
    figure.classList.remove("held");
  });
  charts.forEach(({ figure }) => {
    const svg = figure.querySelector("svg"), plot = figure.querySelector(".plot");
    const left = plot.x.baseVal.value, wide = plot.width.baseVal.value;
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      show(Math.min(Math.max((event.clientX - box.left) / box.width * svg.viewBox.baseVal.width - left, 0), wide));
    });
    svg.addEventListener("pointerleave", rest);
  });
})();
