import type { ApiContext } from './context.js';
import type { Route } from './route.js';
import { analysisActionRoutes } from './routes/analysis-actions.js';
import { analysisRoutes } from './routes/analyses.js';
import { assessmentRoutes } from './routes/assessments.js';
import { deliveryRoutes } from './routes/deliveries.js';
import { eventRoutes } from './routes/events.js';
import { quoteRoutes } from './routes/quotes.js';
import { reportRoutes } from './routes/reports.js';
import { resultRoutes } from './routes/results.js';
import { systemRoutes, type SystemParts } from './routes/system.js';
import { uploadRoutes } from './routes/uploads.js';

/** Every route of the API: what is served is what is documented. */
export function buildRoutes(context: ApiContext, parts: SystemParts): Route[] {
  return [
    ...analysisRoutes(context),
    ...analysisActionRoutes(context),
    ...eventRoutes(context),
    ...assessmentRoutes(context),
    ...resultRoutes(context),
    ...reportRoutes(context),
    ...uploadRoutes(context),
    ...deliveryRoutes(context),
    ...quoteRoutes(context),
    ...systemRoutes(context, parts),
  ];
}
