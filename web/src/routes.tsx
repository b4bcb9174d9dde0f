import { Loader } from "@mantine/core";
import { createBrowserRouter } from "react-router";
import { WorklistPage } from "./features/worklist/WorklistPage.tsx";
import { LostPage } from "./LostPage.tsx";
import { Shell } from "./Shell.tsx";

export const router = createBrowserRouter([
  {
    path: "/",
    element: <Shell />,
    errorElement: <LostPage />,
    hydrateFallbackElement: <Loader aria-label="Opening" m="xl" role="status" />,
    children: [
      { index: true, element: <WorklistPage /> },
      {
        path: "studies/:studyId",
        // The imaging library is large: it comes with the first study that is opened.
        lazy: async () => {
          const [{ ReadingPage }, { Annotator }, { SimilarPanel }] = await Promise.all([
            import("./features/reading/ReadingPage.tsx"),
            import("./features/annotate/Annotator.tsx"),
            import("./features/similar/SimilarPanel.tsx"),
          ]);
          return { Component: () => <ReadingPage annotator={Annotator} similar={SimilarPanel} /> };
        },
      },
      {
        path: "cohort",
        lazy: async () => {
          const { CohortPage } = await import("./features/cohort/CohortPage.tsx");
          return { Component: CohortPage };
        },
      },
      {
        path: "next",
        lazy: async () => {
          const { ReadNextPage } = await import("./features/readers/ReadNextPage.tsx");
          return { Component: ReadNextPage };
        },
      },
      {
        path: "training",
        // The charts come with it.
        lazy: async () => {
          const { TrainingPage } = await import("./features/training/TrainingPage.tsx");
          return { Component: TrainingPage };
        },
      },
      {
        path: "models",
        lazy: async () => {
          const { ModelsPage } = await import("./features/models/ModelsPage.tsx");
          return { Component: ModelsPage };
        },
      },
      {
        path: "models/compare",
        lazy: async () => {
          const { ComparePage } = await import("./features/models/ComparePage.tsx");
          return { Component: ComparePage };
        },
      },
      {
        path: "models/:modelId/certificate",
        lazy: async () => {
          const { CertificatePage } = await import("./features/models/CertificatePage.tsx");
          return { Component: CertificatePage };
        },
      },
      {
        path: "validation",
        lazy: async () => {
          const { ValidationPage } = await import("./features/validation/ValidationPage.tsx");
          return { Component: ValidationPage };
        },
      },
      {
        path: "validation/models",
        // The charts come with it.
        lazy: async () => {
          const { ComparisonPage } = await import("./features/validation/ComparisonPage.tsx");
          return { Component: ComparisonPage };
        },
      },
      {
        path: "audit",
        lazy: async () => {
          const { AuditPage } = await import("./features/audit/AuditPage.tsx");
          return { Component: AuditPage };
        },
      },
      { path: "*", element: <LostPage /> },
    ],
  },
]);
