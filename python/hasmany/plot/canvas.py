"""Where pictures are drawn, and in which colours."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's: they are told apart by those who see red and green alike, and in grey by how light they are.
BLUE, ORANGE, GREY = "#0072B2", "#E69F00", "#999999"
MAP = "cividis"
"""Of amounts: rises in lightness, and is seen alike by nearly all."""


def canvas(ax: "Axes | None", width: float = 6.4, height: float = 4.2) -> Any:
    """These Axes, or those of a new figure of so many inches. Raises `ImportError` without matplotlib. Any to checkers, for which
    much of what matplotlib takes is unknown."""
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot
    except ImportError as error:
        raise ImportError("hasmany.plot needs matplotlib: pip install 'hasmany[plot]'") from error
    plt: Any = matplotlib.pyplot
    return plt.subplots(figsize=(width, height), layout="constrained")[1]
