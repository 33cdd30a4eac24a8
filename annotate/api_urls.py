"""The addresses of the API of what there is, below ``api/v1/``."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from annotate.api import items, news, pages, policy, projects, questions, queueing, runs, tokens

app_name = "api"

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", pages.docs, name="docs"),
    path("tokens/", tokens.TokensView.as_view(), name="tokens"),
    path("tokens/<str:key>/", tokens.OneTokenView.as_view(), name="token"),
    path("projects/", projects.ProjectsView.as_view(), name="projects"),
    path("setups/", projects.FromSetupView.as_view(), name="setups"),
    path("projects/<slug:slug>/setup/", projects.SetupView.as_view(), name="setup"),
    path("projects/<slug:slug>/", projects.OneProjectView.as_view(), name="project"),
    path("projects/<slug:slug>/languages/", projects.LanguagesView.as_view(), name="languages"),
    path("projects/<slug:slug>/policy/", policy.PolicyView.as_view(), name="policy"),
    path("projects/<slug:slug>/labels/", projects.LabelsView.as_view(), name="labels"),
    path("projects/<slug:slug>/questions/", questions.QuestionsView.as_view(), name="questions"),
    path("projects/<slug:slug>/concepts/", questions.ConceptsView.as_view(), name="concepts"),
    path("projects/<slug:slug>/items/", items.ItemsView.as_view(), name="items"),
    path("projects/<slug:slug>/import/", queueing.ImportView.as_view(), name="import"),
    path("projects/<slug:slug>/export/", queueing.ExportView.as_view(), name="export"),
    path("projects/<slug:slug>/stages/", queueing.StagesView.as_view(), name="stages"),
    path("projects/<slug:slug>/news/", news.NewsView.as_view(), name="news"),
    path("projects/<slug:slug>/webhooks/", news.WebhooksView.as_view(), name="webhooks"),
    path("projects/<slug:slug>/webhooks/<int:pk>/", news.OneWebhookView.as_view(), name="webhook"),
    path("projects/<slug:slug>/runs/", runs.RunsView.as_view(), name="runs"),
    path("projects/<slug:slug>/runs/<int:pk>/", runs.OneRunView.as_view(), name="run"),
    path("projects/<slug:slug>/runs/<int:pk>/wait/", runs.WaitView.as_view(), name="wait"),
    path("projects/<slug:slug>/runs/<int:pk>/cancel/", runs.CancelView.as_view(), name="cancel"),
    path("projects/<slug:slug>/runs/<int:pk>/pause/", runs.PauseView.as_view(), name="pause"),
    path("projects/<slug:slug>/runs/<int:pk>/resume/", runs.ResumeView.as_view(), name="resume"),
    path("projects/<slug:slug>/runs/<int:pk>/undo/", runs.UndoView.as_view(), name="undo"),
    path("projects/<slug:slug>/runs/<int:pk>/retry/", runs.RetryView.as_view(), name="retry"),
    path("projects/<slug:slug>/runs/<int:pk>/errors/", runs.RunErrorsView.as_view(), name="errors"),
    path("projects/<slug:slug>/runs/<int:pk>/result/", runs.ResultView.as_view(), name="result"),
]
