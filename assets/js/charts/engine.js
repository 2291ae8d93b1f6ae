/** ECharts, loaded when the first chart is drawn, and the colours of the present theme for it. */
let loading = null;

export function loadEngine() {
  loading ??= import('../../vendor/echarts.js');
  return loading;
}

/** A custom property as it is now; charts are drawn with values, not with var(). */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function font() {
  return getComputedStyle(document.body).fontFamily;
}
