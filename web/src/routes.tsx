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
          const [{ ReadingPage }, { Annotator }] = await Promise.all([
            import("./features/reading/ReadingPage.tsx"),
            import("./features/annotate/Annotator.tsx"),
          ]);
          return { Component: () => <ReadingPage annotator={Annotator} /> };
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
