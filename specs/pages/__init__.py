"""The vendors' published pages, read as facts and held against the specs. See ../vendor.py.

What a page goes through, from the file to the report:

    reading     which form it has        values    JSON and YAML taken apart with types
    richtext, markdown (inline, htmltable) -> blocks -> walk (lines, tables)    Ark's two forms
        parts   sections  operations   methods, URLs  fields, fieldrows  parameters  words  meanings
    openapi (schemas)                                  OpenAPI, alone or inside Markdown
    facts       what all forms give: a Page            render    a page as Markdown: `text`
    spec (document) -> stated   what a spec states     rows      where specs/README.md speaks of it
    which       the spec and operations it is about    kept      what it said before: specs/facts/
    points (operation_points) -> said     page and spec, point by point
    compare     what is not explained: the rule        report    its lines: `check`
"""
