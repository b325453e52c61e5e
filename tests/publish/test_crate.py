"""A crate of a campaign on fake machines: what is in it, what is not, and that it is checked."""
import array
import csv
import glob
import hashlib
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import unittest
import zlib

import jsonschema
import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import e2e  # noqa: E402

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
# Who measured: planted into every kind of text that a store has.
PLANTED = ["node17", "cluster.example", "52:54:00:ab:cd:ef", "10.20.30.40", "2001:db8:1::5",
           "SN-4711", "jdoe", "alice", "3f2a9c00-1111-2222-3333-444455556666"]
TEXT = ("at node17.cluster.example.org, of jdoe@cluster.example.org, login2.cluster.example.org, "
        "52:54:00:ab:cd:ef, 10.20.30.40, 2001:db8:1::5, "
        "Serial: SN-4711, jdoe, /home/alice/x, 3f2a9c00-1111-2222-3333-444455556666")
MAC = re.compile(rb"(?<![0-9a-fA-F:])(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}(?![0-9a-fA-F:])")
IPV4 = re.compile(rb"(?<![0-9.])(?:\d{1,3}\.){3}\d{1,3}(?![0-9.])")
OWN = re.compile(rb"127\.|0\.0\.0\.0|198\.1[89]\.")
DIFFERS, CANNOT_TELL = 1, 4


class Crate(e2e.Case):
    def measure(self, out, value=100, blocks=4):
        path = self.campaign(
            [{"count": 3, "value": value, "deviation": 0.001},
             {"fault": "exit", "targets": ["other"]}],
            targets=["fake", {"target": "fake", "name": "other"}], blocks=blocks)
        self.run_campaign(path, out=out, expect=e2e.SOME_FAILED)
        return out

    def plant(self, out):
        with sqlite3.connect(os.path.join(out, "campaign.sqlite")) as db:
            db.execute("UPDATE machine SET host = 'node17', log = ?,"
                       " facts_json = json_set(facts_json,"
                       " '$.hostname', 'node17.cluster.example.org', '$.board_serial', 'SN-4711',"
                       " '$.user', 'jdoe', '$.address', '10.20.30.40')", (TEXT,))
            db.execute("UPDATE run SET failure = ? WHERE failure IS NOT NULL", (TEXT,))
            db.execute("UPDATE campaign SET site_yaml = ?", ("hosts: [{host: node17}]  # " + TEXT,))
            db.execute("INSERT INTO event (time_ns, kind, text) VALUES (1, 'note', ?)", (TEXT,))
            for row, packed in db.execute("SELECT rowid, bytes FROM output").fetchall():
                raw = zlib.decompress(packed) + TEXT.encode() + b"\0\xff\n"
                db.execute("UPDATE output SET raw_bytes = ?, bytes = ? WHERE rowid = ?",
                           (len(raw), zlib.compress(raw), row))

    def publish(self, *arguments):
        self.plant(self.measure(self.out))
        crate = self.path("crate")
        self.tare("publish", self.out, "--out", crate, *arguments)
        return crate

    @staticmethod
    def files(crate):
        return sorted(os.path.relpath(path, crate)
                      for path in glob.glob(crate + "/**", recursive=True)
                      if os.path.isfile(path))

    @staticmethod
    def read(*names):
        with open(os.path.join(*names), "rb") as file:
            return file.read()

    def load(self, *names):
        return json.loads(self.read(*names))

    def campaign_folder(self, crate):
        return glob.glob(os.path.join(crate, "campaigns", "*"))[0]

    # --- what is in it ----------------------------------------------------------------------------

    def test_content(self):
        crate = self.publish("--authors", "Doe, Jane; The \"X\" Group", "--licence", "CC0-1.0")
        folder = self.campaign_folder(crate)
        for name in ("campaign.sqlite", "campaign.yaml", "site.yaml", "facts.json", "report.html",
                     "report.json", "report.txt", "report.tex", "data/samples.csv",
                     "data/runs.csv"):
            self.assertTrue(os.path.exists(os.path.join(folder, name)), name)
        self.assertTrue(glob.glob(os.path.join(folder, "figures", "*.gp")))
        self.assertEqual(3, len(os.listdir(os.path.join(folder, "raw"))))
        self.check_rocrate(crate)
        self.check_datapackage(crate)
        citation = yaml.safe_load(self.read(crate, "CITATION.cff"))
        self.assertEqual([{"family-names": "Doe", "given-names": "Jane"},
                          {"name": 'The "X" Group'}],
                         citation["authors"])
        self.assertEqual(("1.2.0", "CC0-1.0", "dataset"),
                         (citation["cff-version"], citation["license"], citation["type"]))
        text = self.read(crate, "artifact-description.md").decode()
        for field in ("Hardware", "Disk space", "Time to prepare", "Time of the experiments",
                      "Licence of the data | CC0-1.0", "Installation", "Experiment workflow",
                      "expected results", "tare run campaigns/", "kernel"):
            self.assertIn(field, text)
        subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "manifest-sha256.txt"], cwd=crate,
                       check=True)

    def check_rocrate(self, crate):
        """What RO-Crate 1.2 demands of every crate, and of this one."""
        document = self.load(crate, "ro-crate-metadata.json")
        self.assertEqual({"@context", "@graph"}, set(document))
        self.assertEqual("https://w3id.org/ro/crate/1.2/context", document["@context"])
        entities = {item["@id"]: item for item in document["@graph"]}
        self.assertEqual(len(document["@graph"]), len(entities), "flat: each once")
        self.assertTrue(all("@type" in item for item in entities.values()))
        descriptor = entities["ro-crate-metadata.json"]
        self.assertEqual({"@id": "./"}, descriptor["about"])
        self.assertEqual({"@id": "https://w3id.org/ro/crate/1.2"}, descriptor["conformsTo"])
        root = entities["./"]
        for name in ("name", "description", "datePublished", "license"):
            self.assertTrue(root[name])
        self.assertRegex(root["datePublished"], r"^\d{4}-\d\d-\d\d$")
        for item in entities.values():
            for reference in self.references(item):
                if not reference.startswith("https://w3id.org/ro/crate"):
                    self.assertIn(reference, entities)
        parts = [part["@id"] for part in root["hasPart"]]
        own = {"ro-crate-metadata.json", "manifest-sha256.txt"}
        self.assertEqual(sorted(set(self.files(crate)) - own), sorted(parts))
        for part in parts:
            content = self.read(crate, part)
            self.assertEqual(str(len(content)), entities[part]["contentSize"])
            self.assertEqual(hashlib.sha256(content).hexdigest(), entities[part]["sha256"])
        actions = [item for item in entities.values() if item["@type"] == "CreateAction"]
        self.assertEqual(2, len(actions), "the campaign, and the crate")
        campaign = next(item for item in actions if item["instrument"]["@id"] == "#tare")
        self.assertTrue(campaign["object"] and campaign["result"])
        self.assertLess(campaign["startTime"], campaign["endTime"] + "x")

    def references(self, item):
        for value in item.values():
            for single in value if isinstance(value, list) else [value]:
                if isinstance(single, dict):
                    yield single["@id"]

    def check_datapackage(self, crate):
        package = self.load(crate, "datapackage.json")
        schema = self.load(SOURCE, "tests/profiles/datapackage-2.0.json")
        jsonschema.Draft7Validator(schema).validate(package)
        self.assertEqual(4, len(package["resources"]))
        for resource in package["resources"]:
            content = self.read(crate, resource["path"])
            self.assertEqual(len(content), resource["bytes"])
            self.assertEqual("sha256:" + hashlib.sha256(content).hexdigest(), resource["hash"])
            header = next(csv.reader(content.decode().splitlines()))
            self.assertEqual([field["name"] for field in resource["schema"]["fields"]], header)

    # --- what is not ------------------------------------------------------------------------------

    def everything(self, crate):
        """(name, bytes) of every file, and of what is packed in the stores and drawings."""
        for name in self.files(crate):
            content = self.read(crate, name)
            yield name, content
            if name.endswith(".pdf"):
                for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
                    yield name, zlib.decompressobj().decompress(stream)
            if name.endswith(".sqlite"):
                with sqlite3.connect(os.path.join(crate, name)) as db:
                    for packed, in db.execute("SELECT bytes FROM output"):
                        yield name, zlib.decompress(packed)

    def test_identity_is_left_out(self):
        crate = self.publish()
        user = os.environ.get("USER", "")
        words = PLANTED + ([user] if user not in ("", "root") else [])
        words.append(os.uname().nodename if len(os.uname().nodename) > 4 else PLANTED[0])
        for name, content in self.everything(crate):
            for word in words:
                self.assertNotIn(word.encode(), content, f"{word} in {name}")
            self.assertIsNone(MAC.search(content), name)
            if not name.endswith((".sqlite", ".svg", ".png", ".pdf")):
                found = [text for text in IPV4.findall(content) if not OWN.match(text)]
                self.assertEqual([], found, name)
        raw = b"".join(self.read(path) for path in glob.glob(crate + "/campaigns/*/raw/*"))
        self.assertIn(b"at host-", raw)
        self.assertIn(b"\0\xff\n", raw)

    def test_identity_on_request(self):
        crate = self.publish("--identify")
        found = b"".join(content for _, content in self.everything(crate))
        for word in PLANTED:
            self.assertIn(word.encode(), found)

    def test_titles_of_any_characters(self):
        self.measure(self.out)
        name = 'bell \a, "x" \\ \x7f \u0085 \ufffe caf\u00e9 \U0001f600'
        with sqlite3.connect(os.path.join(self.out, "campaign.sqlite")) as db:
            db.execute("UPDATE campaign SET name = ?", (name,))
        self.tare("publish", self.out, "--out", self.path("crate"))
        citation = yaml.safe_load(self.read(self.path("crate"), "CITATION.cff"))
        # Reports show control characters as U+FFFD; U+FFFE is none, and YAML has to escape it.
        self.assertEqual("Measurements of " + re.sub("[\a\x7f\x85]", "\ufffd", name),
                         citation["title"])
        self.check(self.path("crate"), e2e.ALL_MEASURED)

    def test_privileges(self):
        self.measure(self.out)
        for note, expected in ((None, "13; root |"),
                               ("user namespace", "13; no root: user namesp")):
            with self.subTest(note=note), \
                    sqlite3.connect(os.path.join(self.out, "campaign.sqlite")) as db:
                db.execute("DELETE FROM event WHERE kind = 'privileges'")
                if note:
                    db.execute("INSERT INTO event (time_ns, kind, text) VALUES"
                               " (1, 'privileges', ?)", (note,))
                db.commit()
                crate = self.path("crate-" + str(bool(note)))
                self.tare("publish", self.out, "--out", crate)
                text = self.read(crate, "artifact-description.md").decode()
                self.assertIn(expected, text)
                self.assertEqual(bool(note), "measured in a user namespace" in text)

    # --- where it is ------------------------------------------------------------------------------

    def test_an_archive_is_not_replaced(self):
        self.measure(self.out)
        archive = self.path("crate.tar.zst")
        for make in (lambda: os.symlink("nowhere", archive),
                     lambda: self.write("crate.tar.zst", "x")):
            make()
            self.refused(self.tare("publish", self.out, "--out", self.path("crate"),
                                   expect=e2e.USAGE), "crate.tar.zst", "is already there")
            self.assertFalse(os.path.exists(self.path("crate")))
            if os.path.islink(archive):
                os.unlink(archive)
        self.assertEqual(b"x", self.read(archive))

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_no_archive_without_its_crate(self):
        """An empty directory that another file system is mounted on cannot be replaced."""
        self.measure(self.out)
        crate = self.path("crate")
        os.mkdir(crate)
        words = self.argv("publish", self.out, "--out", crate)
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', crate, *words],
            cwd=self.directory, env=self.environment, capture_output=True, text=True,
            timeout=e2e.PATIENCE_S * 5, check=False)
        self.assertEqual(e2e.USAGE, done.returncode, done.stderr)
        self.refused(done, "cannot rename to", "crate")
        left = [name for name in os.listdir(self.directory) if name.startswith("crate")]
        self.assertEqual(["crate"], left)

    # --- checking ---------------------------------------------------------------------------------

    def check(self, crate, expect):
        return self.tare("verify", "--check", crate, expect=expect).stdout

    def test_archive_is_checked_elsewhere(self):
        crate = self.publish()
        self.assertFalse(os.path.exists(crate + ".part"))
        subprocess.run(["tar", "--zstd", "-xf", crate + ".tar.zst"], cwd=self.work_folder(),
                       check=True)
        elsewhere = os.path.join(self.work_folder(), "crate")
        self.assertEqual(self.files(crate), self.files(elsewhere))
        shutil.rmtree(crate)
        text = self.check(elsewhere, e2e.ALL_MEASURED)
        self.assertIn("all digests match", text)
        self.assertGreater(int(re.search(r"(\d+) numbers", text)[1]), 50)
        listing = subprocess.run(["tar", "--zstd", "-tvf", crate + ".tar.zst"], check=True,
                                 capture_output=True, text=True).stdout
        self.assertTrue(all(" 0/0 " in line for line in listing.splitlines()), listing)

    def work_folder(self):
        os.makedirs(self.path("elsewhere"), exist_ok=True)
        return self.path("elsewhere")

    def test_one_digit_anywhere(self):
        crate = self.publish()
        for name in self.files(crate):
            path = os.path.join(crate, name)
            content = self.read(path)
            digit = (re.search(rb"[0-9]", content[len(content) // 2:]) or
                     re.search(rb"[0-9]", content))
            with self.subTest(file=name):
                self.assertTrue(digit, "has a digit")
                at = content.index(digit[0], digit.start())
                changed = bytearray(content)
                changed[at] = ord("0") + (changed[at] - ord("0") + 1) % 10
                with open(path, "wb") as file:
                    file.write(changed)
                text = self.check(crate, e2e.SOME_FAILED)
                self.assertRegex(text, r"(?m)^" + re.escape(name) + ": ")
            with open(path, "wb") as file:
                file.write(content)
        self.check(crate, e2e.ALL_MEASURED)

    def spoil(self, path, content):
        """Ways to make something else of a file."""
        at = random.Random(path.rsplit("/", 1)[1]).randrange(len(content))
        bit = content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1:]
        kept = self.path("kept")
        return [("a bit", lambda: self.put(path, bit)),
                ("longer", lambda: self.put(path, content + b"\0more\n")),
                ("shorter", lambda: self.put(path, content[:-1])),
                ("gone", lambda: os.rename(path, kept)),
                ("renamed", lambda: os.rename(path, path + "x")),
                ("a directory", lambda: (os.unlink(path), os.mkdir(path))),
                ("a pipe", lambda: (os.unlink(path), os.mkfifo(path))),
                ("a link", lambda: (os.rename(path, kept), os.symlink(kept, path)))]

    @staticmethod
    def put(path, content):
        with open(path, "wb") as file:
            file.write(content)

    def test_whatever_happens_to_any_file(self):
        """Those that the check reads itself in every way, the others in two each."""
        crate = self.publish()
        for index, name in enumerate(self.files(crate)):
            path = os.path.join(crate, name)
            content = self.read(path)
            ways = self.spoil(path, content)
            if not name.endswith(("manifest-sha256.txt", "metadata.json", ".sqlite")):
                ways = [ways[0], ways[1 + index % (len(ways) - 1)]]
            for how, change in ways:
                with self.subTest(file=name, how=how):
                    change()
                    self.assertRegex(self.check(crate, e2e.SOME_FAILED),
                                     r"(?m)^" + re.escape(name) + ": ")
                for other in (path, path + "x", self.path("kept")):
                    if os.path.isdir(other):
                        os.rmdir(other)
                    elif os.path.lexists(other):
                        os.unlink(other)
                self.put(path, content)
        self.check(crate, e2e.ALL_MEASURED)

    def test_checking_changes_nothing(self):
        """SQLite takes a log beside a database for its own, and removes or applies it."""
        crate = self.publish()
        store = os.path.join(self.campaign_folder(crate), "campaign.sqlite")
        with sqlite3.connect(store) as db:  # a writer that was killed: its journal is applied
            journal = self.path("journal")
            db.execute("PRAGMA cache_size = 1")
            db.execute("UPDATE campaign SET name = 'x'")
            db.execute("CREATE TABLE more AS SELECT randomblob(9000) FROM series")
            shutil.copy(store + "-journal", journal)
            db.rollback()
        shutil.copy(journal, store + "-journal")
        self.put(store + "-wal", b"x")
        before = {name: self.read(crate, name) for name in self.files(crate)}
        for _ in range(2):
            text = self.check(crate, e2e.SOME_FAILED)
            for end in ("-journal", "-wal"):
                self.assertIn("campaign.sqlite" + end + ": is not listed", text)
            self.assertNotIn("was changed", text)
        self.assertEqual(before, {name: self.read(crate, name) for name in self.files(crate)})

    def seal(self, crate):
        """What somebody who changes a crate would do: the digests match again."""
        lines = b"".join(b"%s  %s\n" % (hashlib.sha256(self.read(crate, name)).hexdigest().encode(),
                                        name.encode())
                         for name in self.files(crate) if name != "manifest-sha256.txt")
        with open(os.path.join(crate, "manifest-sha256.txt"), "wb") as file:
            file.write(b"# SHA-256 of the lines below: "
                       + hashlib.sha256(lines).hexdigest().encode() + b"\n" + lines)

    def fill(self, store, count):
        """So many bytes in every output of the store."""
        with sqlite3.connect(os.path.join(store, "campaign.sqlite")) as db:
            db.execute("UPDATE output SET raw_bytes = ?, bytes = ?",
                       (count, zlib.compress(b"x" * count, 1)))

    def test_outputs_of_a_cell_are_limited(self):
        """A store of a few kilobytes may hold much more."""
        crate = self.publish()
        self.fill(self.campaign_folder(crate), 100 << 20)
        self.assertRegex(
            self.check(crate, e2e.SOME_FAILED),
            r"(?m)^campaigns/.*/campaign.sqlite: cannot be read: .*null.*: the outputs of its runs "
            r"have more than the 256 MiB that a crate may have of a cell$")

    def test_outputs_are_in_memory_one_cell_at_a_time(self):
        cells, count = 10, 32 << 20
        self.run_campaign(self.campaign([{"value": number + 1} for number in range(cells)]))
        crate = self.path("crate")
        self.tare("publish", self.out, "--out", crate)
        self.fill(self.campaign_folder(crate), count)
        with subprocess.Popen(self.argv("verify", "--check", crate), cwd=self.directory,
                              stdout=subprocess.PIPE, text=True) as process:
            text = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(e2e.SOME_FAILED, process.returncode, text)
        self.assertEqual(cells, len(re.findall(r"raw/.*line \d+ does not follow", text)), text)
        self.assertLess(usage.ru_maxrss << 10, cells * count // 2)

    def test_metadata_is_limited(self):
        crate = self.publish()
        name = "ro-crate-metadata.json"
        path = os.path.join(crate, name)
        self.put(path, self.read(path) + b" " * (16 << 20))
        self.assertRegex(self.check(crate, e2e.SOME_FAILED),
                         r"(?m)^" + name + ": .* is larger than the 16777216 bytes allowed$")

    def test_numbers_follow_from_the_samples(self):
        crate = self.publish()
        folder = self.campaign_folder(crate)
        self.seal(crate)
        self.check(crate, e2e.ALL_MEASURED)
        for name, pattern in (
                ("report.json", rb'"value": (?:99|100)\.\d{4,},'),
                ("data/samples.csv", rb",(?:99|100)\.\d{4,}\n"),
                ("report.csv", rb",(?:99|100)\.\d{4,},"), ("report.txt", rb"\d\.\d")):
            path = os.path.join(folder, name)
            content = self.read(path)
            with self.subTest(file=name):
                found = re.search(pattern, content)
                self.assertTrue(found, "there is such a number")
                self.change_digit(path, content, found.end() - 2)
                self.seal(crate)
                text = self.check(crate, e2e.SOME_FAILED)
                self.assertIn(os.path.relpath(path, crate), text)
                self.assertNotIn("was changed", text)
            with open(path, "wb") as file:
                file.write(content)

    def change_digit(self, path, content, at):
        while not content[at:at + 1].isdigit():
            at -= 1
        with open(path, "wb") as file:
            file.write(content[:at] + b"%d" % ((content[at] - 48 + 1) % 10) + content[at + 1:])

    def test_missing_and_additional_files(self):
        crate = self.publish()
        folder = self.campaign_folder(crate)
        with open(os.path.join(crate, "more.txt"), "w", encoding="utf-8") as file:
            file.write("x\n")
        os.unlink(os.path.join(folder, "facts.json"))
        os.symlink("/etc/hostname", os.path.join(folder, "link"))
        text = self.check(crate, e2e.SOME_FAILED)
        for line in ("more.txt: is not listed", "facts.json: is missing", "link: is no plain file"):
            self.assertIn(line, text)
        self.refused(self.tare("verify", "--check", self.out, expect=e2e.USAGE), "no crate")
        self.refused(self.tare("verify", "--check", crate + ".tar.zst", expect=e2e.USAGE),
                     "tar --zstd -xf")

    def test_other_spellings_of_the_directory(self):
        crate = self.publish()
        os.symlink(crate, self.path("link"))
        for spelling in (crate + "/", crate + "//", self.path("link"), self.path("link") + "/"):
            self.assertIn("all digests match", self.tare("verify", "--check", spelling).stdout)

    def test_words_that_do_not_fit_are_refused(self):
        self.measure(self.out)
        for option, word, said in (("--title", b"bad\xff title", "one line of UTF-8"),
                                   ("--title", b"two\nlines", "one line of UTF-8"),
                                   ("--authors", b" ; ", "at least one name"),
                                   ("--licence", b"MIT\nlicense: x", "SPDX identifier"),
                                   ("--licence", b"", "SPDX identifier")):
            self.refused(self.tare("publish", self.out, "--out", self.path("none"), option, word,
                                   expect=e2e.USAGE), said)
            self.assertEqual([], glob.glob(self.path("none*")))

    def test_place(self):
        crate = self.publish()
        before = {name: self.read(crate, name) for name in self.files(crate)}
        self.refused(self.tare("publish", self.out, "--out", crate, expect=e2e.USAGE), "not empty")
        self.assertEqual(before, {name: self.read(crate, name) for name in self.files(crate)})
        self.refused(self.tare("publish", self.out, self.out, "--out", self.path("twice"),
                               expect=e2e.USAGE), "the same campaign")
        self.assertEqual([], glob.glob(self.path("twice*")))

    # --- again ------------------------------------------------------------------------------------

    def test_reproduced(self):
        crate = self.publish()
        again = self.measure(self.path("again"))
        with sqlite3.connect(os.path.join(again, "campaign.sqlite")) as db:
            db.execute("UPDATE machine SET facts_json = json_set(facts_json, '$.kernel', '5.0.0')")
        text = self.tare("verify", crate, again).stdout
        self.assertRegex(text, r"What differs(.|\n)*  kernel\n    published  .*\n"
                               r"    here       5.0.0")
        self.assertLess(text.index("What differs"), text.index("REPRODUCED"))
        self.assertIn("1 reproduced, 0 differ, 0 cannot be told", text)
        found = json.loads(self.tare("verify", crate, again, "--format", "json").stdout)
        self.assertEqual(("tare-verify", 1), (found["schema"], found["schema_version"]))
        self.assertEqual(["REPRODUCED"], [item["answer"] for item in found["headlines"]])
        self.assertLess(abs(found["headlines"][0]["change"] - 1), 0.01)
        # Too narrow a margin for so few blocks, without any difference; then too few blocks.
        same = shutil.copytree(self.out, self.path("same"))
        with sqlite3.connect(os.path.join(same, "campaign.sqlite")) as db:
            db.execute("UPDATE campaign SET campaign_id = 'other'")
        self.assertIn("CANNOT TELL", self.tare("verify", crate, same, "--delta", "0.00001%",
                                               expect=CANNOT_TELL).stdout)
        self.refused(self.tare("verify", crate, self.out, expect=e2e.USAGE), "published itself")
        few = self.measure(self.path("few"), blocks=2)
        self.assertIn("fewer than 3 blocks",
                      self.tare("verify", crate, few, expect=CANNOT_TELL).stdout)

    def test_differs(self):
        crate = self.publish()
        again = self.measure(self.path("again"))
        with sqlite3.connect(os.path.join(again, "campaign.sqlite")) as db:
            target, = db.execute("SELECT id FROM target WHERE name = 'other'").fetchone()
            rows = db.execute("SELECT run_id, metric_id, samples FROM series"
                              " JOIN run ON run.id = run_id JOIN cell ON cell.id = cell_id"
                              " WHERE target_id = ?", (target,)).fetchall()
            for run, metric, samples in rows:
                values = array.array("d", samples)
                worse = array.array("d", [2 * value for value in values]).tobytes()
                db.execute("UPDATE series SET samples = ? WHERE run_id = ? AND metric_id = ?",
                           (worse, run, metric))
        text = self.tare("verify", crate, again, expect=DIFFERS).stdout
        self.assertIn("DIFFERS", text)

    def test_measured_again_here(self):
        crate = self.publish()
        result = self.tare("verify", crate, "--site", self.site, "--out", self.path("second"),
                           "--quiet")
        self.assertIn("1 reproduced", result.stdout)
        self.assertEqual(1, len(glob.glob(self.path("second", "*", "campaign.sqlite"))))

    def test_what_would_run_a_strangers_commands(self):
        """A crate that was changed is not run, nor is one with commands for this machine."""
        crate, made = self.publish(), self.path("made")
        file, = glob.glob(os.path.join(crate, "campaigns", "*", "campaign.yaml"))
        with open(file, "w", encoding="utf-8") as text:
            json.dump({"campaign": "crate", "benchmarks": [{"benchmark": "null"}],
                       "placements": ["1x1"], "targets": [
                           {"target": "command", "name": "fake", "reach": "cat",
                            "start": f"touch {made}"}]}, text)
        words = ["verify", crate, "--site", self.site, "--out", self.path("second"), "--quiet"]
        self.refused(self.tare(*words, expect=e2e.USAGE), "nothing of it is run")
        self.seal(crate)
        self.refused(self.tare(*words, expect=e2e.USAGE), "runs commands of its author")
        self.assertFalse(os.path.exists(made))
        self.assertFalse(os.path.exists(self.path("second")))


if __name__ == "__main__":
    e2e.main()
