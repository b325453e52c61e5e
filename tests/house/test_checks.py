#!/usr/bin/env python3
"""The checks of this folder find what they look for, in small trees made for it."""
import ast
import os
import tempfile
import unittest

import circles
import layers
import names
import packages
import style
import twice

CMAKE = {"base": "room(tare_base SOURCES a.c LINK PkgConfig::YAML m)",
         "store": "room(tare_store SOURCES b.c LINK tare_base PkgConfig::SQLITE)"}
DOCUMENT = """
| room | what it is for | links |
|---|---|---|
| store/ | rows | base, SQLite |
| base/ | strings | libyaml |

```dot
digraph tare {
	"store" -> "base"
}
```
"""


class Layers(unittest.TestCase):
    def problems(self, document=DOCUMENT, code="", cmake=None):
        with tempfile.TemporaryDirectory() as top:
            for folder, text in dict(CMAKE, docs="", **(cmake or {})).items():
                os.mkdir(os.path.join(top, folder))
                for name, content in (("CMakeLists.txt", text), ("a.c", code),
                                      ("architecture.md", document)):
                    with open(os.path.join(top, folder, name), "w", encoding="utf-8") as file:
                        file.write(content)
            return list(layers.check(top))

    def test_true(self):
        self.assertEqual([], self.problems())

    def test_table(self):
        self.assertEqual(["store/: docs/architecture.md links base, CMake SQLite, base"],
                         self.problems(DOCUMENT.replace("base, SQLite", "base")))
        self.assertEqual(["base/ is no line of the table in docs/architecture.md"],
                         self.problems(DOCUMENT.replace("| base/", "| basis")))

    def test_picture(self):
        self.assertEqual(["the picture lacks store -> base"],
                         self.problems(DOCUMENT.replace('"store" ->', '"shop" ->'))[1:])
        self.assertEqual(["the build lacks base -> store"],
                         self.problems(DOCUMENT.replace("}", '\t"base" -> "store"\n}')))

    def test_headers(self):
        self.assertEqual(["base/a.c includes sqlite3.h of SQLite, which base/ does not link"],
                         self.problems(code="#include <sqlite3.h>\n"))

    def test_rooms_in_a_circle(self):
        with self.assertRaises(SystemExit):
            self.problems(cmake={"base": "room(tare_base SOURCES a.c LINK tare_store)"})

    def test_implied_arrows(self):
        self.assertEqual({("a", "b"), ("b", "c")},
                         layers.reduced({("a", "b"), ("b", "c"), ("a", "c")}))


class Circles(unittest.TestCase):
    def test_found(self):
        pairs = {("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "a")}
        self.assertEqual([["a", "b", "c"]], circles.circles(pairs))

    def test_none(self):
        self.assertEqual([], circles.circles({("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}))


class Names(unittest.TestCase):
    def test_prefixes(self):
        allowed = names.prefixes("report/write/html_samples.c", {"model", "rows"})
        for function in ("html_samples_add", "html_add", "write_all", "report_new", "model_free",
                         "row_add", "rows_add", "html"):
            self.assertTrue(names.begins_well(function, allowed), function)
        for function in ("samples_add", "add_html", "htmls", "modelling_free"):
            self.assertEqual(function == "htmls", names.begins_well(function, allowed), function)


class Twice(unittest.TestCase):
    def test_repeated(self):
        tree = ast.parse("class A:\n    def f(): pass\n    def g(): pass\n    def f(): pass\n"
                         "    @property\n    def h(): pass\n    @h.setter\n    def h(): pass\n"
                         "class B:\n    def f(): pass\ndef f(): pass\n")
        self.assertEqual([("f", 4)], list(twice.repeated(tree)))


class Packages(unittest.TestCase):
    def test_compared(self):
        control = ("Build-Depends: cmake (>= 3.25),\n               pkgconf,\n"
                   "               {}\nX: y\n")
        scripts = '\t[build]="build-essential cmake pkg-config liba-dev\n\t\tlibb-dev"\n'
        self.assertEqual([], list(packages.check(scripts, control.format("liba-dev, libb-dev"))))
        self.assertEqual(
            ["debian/control: Build-Depends lacks libb-dev of scripts/packages",
             "scripts/packages: the group build lacks libc-dev of debian/control"],
            list(packages.check(scripts, control.format("liba-dev, libc-dev"))))

    def test_programs(self):
        cmake = ("install(TARGETS a-one two DESTINATION lib/tare COMPONENT x)\n"
                 "install(TARGETS three\n\tDESTINATION lib/tare)\n"
                 "install(TARGETS ${name} DESTINATION lib/tare/kernels)\n")
        install = "usr/lib/tare/a-one\nusr/lib/tare/three\n"
        self.assertEqual(["debian/*.install: usr/lib/tare/two is in no package"],
                         list(packages.check_programs(cmake, install)))


class Style(unittest.TestCase):
    def found(self, text, name="base/x.c"):
        return [problem.split(": ", 1)[1] for problem in style.check_c(name, text)]

    def test_c(self):
        self.assertEqual([], self.found("/* What it is for. */\nint x;\n"))
        self.assertEqual(["begins without a comment that says what the file is for"],
                         self.found("int x;\n"))
        self.assertEqual(["101 columns, not 100"], self.found("/* */\n\t" + "x" * 93 + "\n"))
        self.assertEqual(["!strcmp, not strcmp(…) == 0"], self.found("/* */\nif (!strcmp(a, b))\n"))
        self.assertEqual(['"to mend it"'], self.found('/* */\nfail("to mend it");\n'))
        self.assertEqual(['"nobody"'], self.found('/* For nobody. */\nint x = 1;\n'))
        self.assertEqual(['"«x»"'], self.found('/* */\nfail("«x»");\n'))

    def test_long_functions(self):
        for lines, found in ((60, []), (61, ["a function of 61 lines, not 60"])):
            self.assertEqual(found, self.found(
                "/* */\nint long_one(void)\n{\n" + "\tcall();\n" * lines + "}\n"))

    def test_other_files(self):
        for text in ("# What it is for.\n", "#!/bin/sh\n# What it is for.\n", '"""What for."""\n',
                     "#!/bin/sh\n# shellcheck shell=dash\n# What it is for.\n", "-- What for.\n"):
            self.assertEqual([], list(style.check_other("x/y.sh", text)))
        for text in ("room(tare_base)\n", "#!/bin/sh\nset -e\n", "#\nset -e\n", ""):
            self.assertEqual([f"x/CMakeLists.txt:1: {style.NO_COMMENT}"],
                             list(style.check_other("x/CMakeLists.txt", text)))
        for name in ("x/CMakeLists.txt", "x/y.yaml", "x/y.sh", "x/y.py", "scripts/y", ".ci/y"):
            for line in ("x" * 101, "\t" + "x" * 93):
                self.assertEqual([f"{name}:2: 101 columns, not 100"],
                                 list(style.check_other(name, "# It.\n" + line)))
            self.assertEqual([], list(style.check_other(name, "# It.\n\t" + "x" * 92)))
        self.assertEqual([], list(style.check_other("tests/skips", "# It.\n" + "x" * 101)))

    def test_pages(self):
        self.assertEqual([], list(style.check_page("docs/x.md", "| " + "x" * 101 + " |\n")))
        self.assertEqual(["docs/x.md:1: 101 columns, not 100"],
                         list(style.check_page("docs/x.md", "x" * 101 + "\n")))
        self.assertEqual([], list(style.check_page("docs/x.md", "amended\n")))
        for word in ("mends", "lends"):
            self.assertEqual([f'docs/x.md:1: "{word}"'],
                             list(style.check_page("docs/x.md", f"it {word}\n")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
