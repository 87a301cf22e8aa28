"""How the docs are built: executed pages, and every warning an error (``sphinx-build -W``)."""

from __future__ import annotations

from shapecheck import __version__

project = "shapecheck"
author = "The shapecheck authors"
copyright = "The shapecheck authors"
version = release = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
default_role = "code"  # Docstrings use single backticks for names.
nitpicky = False

html_theme = "furo"
html_title = "shapecheck"
html_static_path = ["_static"]
html_css_files = ["shapecheck.css"]

# Every page is run anew, so that no page shows what an older version did.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_show_tb = True
nb_merge_streams = True
nb_render_markdown_format = "gfm"  # The tables of layers and losses are made by cells.
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Shape", "params_style")]
