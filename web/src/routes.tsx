import { createBrowserRouter } from "react-router";
import { WorklistPage } from "./features/worklist/WorklistPage.tsx";
import { LostPage } from "./LostPage.tsx";
import { Shell } from "./Shell.tsx";

export const router = createBrowserRouter([
  {
    path: "/",
    element: <Shell />,
    errorElement: <LostPage />,
    children: [
      { index: true, element: <WorklistPage /> },
      {
        path: "studies/:studyId",
        // The imaging library is large: it comes with the first study that is opened.
        lazy: async () => {
          const { ReadingPage } = await import("./features/reading/ReadingPage.tsx");
          return { Component: ReadingPage };
        },
      },
      { path: "*", element: <LostPage /> },
    ],
  },
]);
