// Sets the theme before the first paint. A plain script, because modules run too late for that.
(function () {
  try {
    const kept = localStorage.getItem('soundings-theme');
    if (kept === 'light' || kept === 'dark') document.documentElement.dataset.theme = kept;
  } catch { /* storage is switched off: the system decides */ }
})();
