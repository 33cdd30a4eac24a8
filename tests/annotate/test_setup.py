"""Set-up files: what they hold, that a project made of one is the same, and what is refused."""

from __future__ import annotations

import copy
import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django_scopes import scope, scopes_disabled
from rest_framework.test import APIClient

from annotate.actions.concepts import NewConcept, save_concepts
from annotate.actions.labels import add_label
from annotate.actions.project_settings import save_label
from annotate.actions.projects import add_annotator, create_project, join
from annotate.actions.setup import create_from_setup, setup_of
from annotate.forms.settings import LabelForm
from annotate.forms.setup import MOST_BYTES, read_setup, setup_faults
from annotate.models import Annotator, Item, Label, Membership, Project
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    made = create_project(
        name="Letters", source="en", targets=["sw", "ar"], guidelines="# Marks\n\nAll names.",
        description="Old letters", licence="CC-BY-4.0", by=factories.make_user("maker"),
    )  # fmt: skip
    made.policy = {**made.policy, "overlap": 3, "bands": [1.5, 1.0, 0.5]}
    made.save()
    join(made, factories.make_user("amina"), role="reviewer", languages=["sw"])
    with scope(project=made):
        person = made.labels.get(key="PER")
        child = add_label(made, key="POET")
        child.parent, child.names = person, {"en": "Poet", "sw": "Mshairi"}
        child.save()
        add_label(made, key="born_in", kind="relation")
        save_concepts(made, rows=[NewConcept("Q1", {"en": "Kisumu"}, {"sw": ["Kisumo"]}, "town")])
        template = add_annotator(None, name="big", kind="labeller", backend="llm",
                                 settings={"base_url": "https://models.example/v1"},
                                 secret_reference="env:BIG_KEY")  # fmt: skip
        add_annotator(made, name="own", kind="labeller", backend="llm", secret_reference="env:KEY",
                      budget="2.5", settings={"base_url": "https://x.example", "model": "m"})  # fmt: skip
        add_annotator(made, name="copy", kind="labeller", backend="llm", template=template,
                      settings=template.settings)  # fmt: skip
        factories.make_item(made, texts={"en": factories.SOURCE})
    return made


def through_json(setup):
    return read_setup(json.dumps(setup, ensure_ascii=False).encode())


def test_a_project_made_of_a_set_up_file_is_set_up_the_same(project):
    setup = through_json(setup_of(project))
    made = create_from_setup(setup, by=factories.make_user(), keep_secrets=True)
    assert made.slug != project.slug
    again = setup_of(made)
    assert again == setup_of(project)
    with scope(project=made):
        assert Label.objects.get(project=made, key="POET").parent.key == "PER"
        assert not Item.objects.exists()
    assert made.invite_key != project.invite_key


def test_it_holds_no_people_no_texts_and_no_key(project):
    said = json.dumps(setup_of(project))
    for hidden in ("amina", "maker", factories.SOURCE, project.invite_key):
        assert hidden not in said
    assert '"secret_reference": "env:KEY"' in said


def test_a_file_brings_no_keys_unless_an_admin_reads_it(project):
    setup = through_json(setup_of(project))
    own = next(row for row in setup["annotators"] if row["name"] == "copy")
    own["settings"] = {"base_url": "https://thief.example"}
    Annotator.objects.filter(project=None, name="big").update(is_enabled=False)
    made = create_from_setup(setup, by=factories.make_user("thief"))
    with scope(project=made):
        machines = {row.name: row for row in made.annotators.all()}
        assert {row.secret_reference for row in machines.values()} == {""}
        assert machines["copy"].settings == {"base_url": "https://models.example/v1"}
        assert not machines["copy"].is_running
        members = Membership.objects.values_list("user__username", "role")
        assert list(members) == [("thief", "manager")]
    setup["annotators"] = [{**own, "template": "unknown here"}]
    with scope(project=(other := create_from_setup(setup, by=factories.make_user()))):
        assert not other.annotators.exists()


def good():
    return {
        "vouch_setup": 1, "name": "x", "source": "en", "targets": ["sw"], "labels": [{"key": "A"}],
        "questions": [{"key": "q", "kind": "choice", "wording": {"en": "?"}, "options": ["a"]}],
        "policy": {"overlap": 2, "unaided": True}, "concepts": [{"key": "c", "names": {"en": "c"}}],
        "annotators": [{"name": "links", "kind": "projector", "backend": "links"}],
    }  # fmt: skip


def test_a_short_one_is_enough(db):
    assert setup_faults(good()) == []
    made = create_from_setup(through_json(good()), by=factories.make_user(), name="Named")
    assert made.name == "Named"
    assert made.policy["overlap"] == 2


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("vouch_setup",), 2, "no set-up file"),
        (("people",), [], "no part 'people'"),
        (("name",), "", "give the project a name"),
        (("name",), "x" * 201, "at most 200"),
        (("preset",), "nonsense", "has no 'nonsense'"),
        (("targets",), [], "at least one target"),
        (("targets",), ["en"], "each language once"),
        (("targets",), ["zz-zz-zz-zz"], "not a language tag"),
        (("targets",), [7], "each language once"),
        (("policy",), [], "policy: give an object"),
        (("policy", "overlap"), "many", "policy.overlap"),
        (("policy", "overlap"), -1, "policy.overlap"),
        (("policy", "unknown"), {"a": 1}, "policy.unknown"),
        (("labels",), {}, "labels: give a list"),
        (("labels", 0), 3, "row 1: give an object"),
        (("labels", 0, "colour"), 9, "from 1 to 8"),
        (("labels", 0, "names"), {"en": 3}, "names are texts"),
        (("labels", 0, "kind"), "shape", "kind is one of"),
        (("labels",), [{"key": "A"}, {"key": "A"}], "comes twice"),
        (("questions", 0, "kind"), "riddle", "its kind is none of"),
        (("concepts", 0, "names"), {}, "names are texts"),
        (("concepts", 0, "aliases"), {"en": "c"}, "aliases are lists"),
        (("annotators", 0, "backend"), "magic", "has no projector 'magic'"),
        (("annotators", 0, "spent"), 3, "no part 'spent'"),
        (("annotators", 0, "weight"), "heavy", "weight is a number"),
        (("annotators", 0, "ballots"), 0, "ballots is a number"),
        (("annotators", 0, "budget"), "NaN", "budget is an amount"),
        (("guidelines",), "a\x00b", "NUL"),
    ],
)  # fmt: skip
def test_each_fault_is_said_with_its_place(place, value, said):
    setup = copy.deepcopy(good())
    inner = setup
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(ValidationError) as refused:
        read_setup(json.dumps(setup).encode())
    assert said in " ".join(refused.value.messages)


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b"{", b"[" * 100_000, b"null"])
def test_what_is_no_set_up_is_refused(raw):
    with pytest.raises(ValidationError):
        read_setup(raw)
    assert MOST_BYTES < 10_000_000


def test_by_command_and_by_program(project, tmp_path, capsys):
    call_command("setup", project.slug)
    said = capsys.readouterr().out
    assert json.loads(said) == setup_of(project)
    (tmp_path / "s.json").write_text(said)
    call_command("setup", make=str(tmp_path / "s.json"), name="By command", by="maker")
    made = Project.objects.get(name="By command")
    assert capsys.readouterr().out.strip() == made.slug
    with pytest.raises(CommandError, match="Name with --by"):
        call_command("setup", make=str(tmp_path / "s.json"))
    (tmp_path / "s.json").write_text("{}")
    with pytest.raises(CommandError, match="no set-up file"):
        call_command("setup", make=str(tmp_path / "s.json"), by="maker")
    client = APIClient()
    with scopes_disabled():
        people = {row.role: row.user for row in Membership.objects.filter(project=project)}
    client.force_authenticate(people["manager"])
    setup = client.get(f"/api/v1/projects/{project.slug}/setup/").json()
    assert setup == setup_of(project)
    answer = client.post("/api/v1/setups/", {**setup, "name": "By program"}, format="json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["name"] == "By program"
    assert client.post("/api/v1/setups/", {"name": "x"}, format="json").status_code == 400
    reviewer = APIClient()
    reviewer.force_authenticate(people["reviewer"])
    assert reviewer.get(f"/api/v1/projects/{project.slug}/setup/").status_code == 403


def test_a_label_has_a_name_in_each_language(project):
    with scope(project=project):
        label = project.labels.get(key="PER")
        form = LabelForm(label=label, tags=["en", "sw", "ar"])
        assert form.fields["name_ar"].widget.attrs["dir"] == "rtl"
        data = {"name": "Person", "colour": "1", "hotkey": "p", "seen": form.token,
                "name_sw": "Mtu wa kweli", "name_ar": ""}  # fmt: skip
        form = LabelForm(data, label=label, tags=["en", "sw", "ar"])
        assert form.is_valid(), form.errors
        save_label(label, **form.chosen())
        assert label.name_in("sw") == "Mtu wa kweli"
        assert "ar" not in label.names
        assert label.names["de"]
