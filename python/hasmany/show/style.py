"""How it looks: a style of its own for what stands in a `div class="hasmany"`, for nothing else.

Colours are those of the theme where there is one (JupyterLab, VS Code), else of the system's, light or dark, on a ground of their
own, because the page around may be of the other kind. What a page that takes styles away must not lose, the sides of text and
numbers, stands with each cell.

JupyterLab puts every head on the right by a rule of two classes, so the one for heads of text has two and more; those for heads of
numbers have three (`grid.py`), because a table further down brings all of this again.
"""

_NAMES = {
    "ink": ("--jp-content-font-color1", "--vscode-editor-foreground", "#1f2328", "#e6edf3"),
    "faint": ("--jp-content-font-color2", "--vscode-descriptionForeground", "#59636e", "#9198a1"),
    "ground": ("--jp-layout-color0", "--vscode-editor-background", "#ffffff", "#0d1117"),
    "line": ("--jp-border-color2", "--vscode-panel-border", "#d1d9e0", "#3d444d"),
    "bar": ("--jp-brand-color3", "--vscode-charts-blue", "#a5cdf2", "#1f5c99"),
}


def _colours(place: int) -> str:
    return ";".join(f"--hm-{name}:var({of[0]},var({of[1]},{of[place]}))" for name, of in _NAMES.items())


STYLE = f"""<style>
.hasmany{{{_colours(2)};color:var(--hm-ink);background:var(--hm-ground);display:inline-block;max-width:100%;overflow-x:auto;\
padding:4px 6px;font-size:13px;line-height:1.4}}
@media (prefers-color-scheme:dark){{.hasmany{{{_colours(3)}}}}}
.hasmany table{{border-collapse:collapse;border:none;margin:0;font-size:inherit;color:inherit}}
.hasmany caption{{caption-side:top;text-align:left;padding:2px 8px;color:inherit;font-weight:600;white-space:nowrap}}
.hasmany tr{{background:none!important;border:none}}
.hasmany th,.hasmany td{{padding:2px 8px;border:none;border-bottom:1px solid var(--hm-line);white-space:nowrap;\
vertical-align:top;unicode-bidi:isolate;color:inherit}}
.hasmany th{{font-weight:500;color:var(--hm-faint)}}
.hasmany.hasmany thead th{{text-align:left}}
.hasmany td.number{{font-weight:300;font-variant-numeric:tabular-nums}}
.hasmany .faint{{color:var(--hm-faint);font-weight:400!important}}
.hasmany .bar{{display:inline-block;height:.7em;margin-left:8px;background:var(--hm-bar)}}
</style>
"""
