"""The addresses of what there is: projects, their data, machines, people and settings."""

from __future__ import annotations

from django.urls import path

from annotate.views import (
    account,
    annotators,
    guide,
    imports,
    items,
    journey,
    people,
    projects,
    runs,
    settings,
    setup,
)

app_name = "annotate"

urlpatterns = [
    path("", projects.index, name="projects"),
    path("projects/new/", projects.new, name="project-new"),
    path("projects/new/preset/", projects.preset, name="preset"),
    path("projects/new/languages/", projects.spoken, name="spoken"),
    path("projects/new/setup/", setup.from_file, name="setup-new"),
    path("join/<str:token>/", account.join_project, name="join"),
    path("guide/", guide.guide, name="guide"),
    path("p/<slug:slug>/", journey.project_page, name="project"),
    path("p/<slug:slug>/import/", imports.import_file, name="import"),
    path("p/<slug:slug>/import/preview/", imports.preview, name="import-preview"),
    path("p/<slug:slug>/import/start/", imports.start, name="import-start"),
    path("p/<slug:slug>/import/<int:pk>/", imports.again, name="import-again"),
    path("p/<slug:slug>/export/", runs.export, name="export"),
    path("p/<slug:slug>/runs/", runs.index, name="runs"),
    path("p/<slug:slug>/runs/start/", runs.start, name="run-start"),
    path("p/<slug:slug>/runs/<int:pk>/", runs.detail, name="run"),
    path("p/<slug:slug>/runs/<int:pk>/cancel/", runs.cancel, name="run-cancel"),
    path("p/<slug:slug>/runs/<int:pk>/pause/", runs.pause, name="run-pause"),
    path("p/<slug:slug>/runs/<int:pk>/resume/", runs.resume, name="run-resume"),
    path("p/<slug:slug>/runs/<int:pk>/undo/", runs.undo, name="run-undo"),
    path("p/<slug:slug>/runs/<int:pk>/retry/", runs.retry, name="run-retry"),
    path("p/<slug:slug>/runs/<int:pk>/result/", runs.result, name="run-result"),
    path("p/<slug:slug>/items/", items.index, name="items"),
    path("p/<slug:slug>/items/<int:pk>/", items.detail, name="item"),
    path("p/<slug:slug>/annotators/", annotators.index, name="annotators"),
    path("p/<slug:slug>/annotators/new/", annotators.new, name="annotator-new"),
    path("p/<slug:slug>/annotators/calls/", annotators.calls, name="calls"),
    path("p/<slug:slug>/annotators/<int:pk>/", annotators.edit, name="annotator"),
    path("p/<slug:slug>/annotators/<int:pk>/switch/", annotators.switch, name="annotator-switch"),
    path("p/<slug:slug>/annotators/<int:pk>/trial/", annotators.trial, name="annotator-trial"),
    path("p/<slug:slug>/people/", people.index, name="people"),
    path("p/<slug:slug>/people/invite/", people.invite, name="invite"),
    path("p/<slug:slug>/people/void/", people.void, name="invites-void"),
    path("p/<slug:slug>/people/<int:pk>/", people.change, name="member"),
    path("p/<slug:slug>/people/<int:pk>/remove/", people.remove, name="member-remove"),
    path("p/<slug:slug>/settings/", settings.details, name="settings"),
    path("p/<slug:slug>/settings/guidelines/", settings.guidelines, name="guidelines"),
    path("p/<slug:slug>/settings/policy/", settings.policy, name="policy"),
    path("p/<slug:slug>/settings/labels/", settings.labels, name="labels"),
    path("p/<slug:slug>/settings/labels/<int:pk>/", settings.label, name="label"),
    path("p/<slug:slug>/settings/questions/", settings.questions, name="questions"),
    path("p/<slug:slug>/settings/languages/", settings.languages, name="languages"),
    path("p/<slug:slug>/settings/setup/", setup.setup_file, name="setup"),
    path("p/<slug:slug>/settings/clone/", setup.clone, name="clone"),
    path("p/<slug:slug>/settings/archive/", settings.archive, name="archive"),
]
