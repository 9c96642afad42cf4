import { insertUpload } from '../../db/uploads.js';
import { newId } from '../../shared/ids.js';
import { uploadKey } from '../../storage/keys.js';
import type { ApiContext } from '../context.js';
import { receiveUpload } from '../receive-upload.js';
import { defineRoute, type Route } from '../route.js';
import { uploadQuerySchema, uploadViewSchema, type UploadView } from '../schemas.js';

export function uploadRoutes(context: ApiContext): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/v1/uploads',
      operationId: 'uploadVideo',
      summary: 'Send a video file',
      description:
        'Streamed to the storage. Its `id` is then the `uploadId` of one or more analyses; the file goes with the last of them.',
      tag: 'uploads',
      query: uploadQuerySchema,
      streamedBody: {
        description: 'A form with the file in any field, or the file itself',
        contentTypes: ['multipart/form-data', 'application/octet-stream', 'video/*'],
      },
      responses: { 201: { description: 'Stored', schema: uploadViewSchema } },
      errors: [
        'invalid_request', 'source_empty', 'unauthorized', 'cross_site_refused', 'source_too_large',
        'unsupported_media_type', 'source_not_a_video', 'storage_failed', 'disk_full',
      ], // prettier-ignore
      handle: async ({ req, res, query }) => {
        const id = newId('up');
        const storageKey = uploadKey(id);
        const received = await receiveUpload(req, {
          storage: context.storage,
          key: storageKey,
          maxBytes: context.config.limits.maxSourceBytes,
          fileName: query.fileName,
        });
        const row = await insertUpload(context.sql, { id, storageKey, ...received });
        context.log.info({ uploadId: id, sizeBytes: row.sizeBytes }, 'upload stored');
        res.status(201).json({
          id: row.id,
          fileName: row.fileName,
          sizeBytes: row.sizeBytes,
          sha256: row.sha256,
          createdAt: row.createdAt.toISOString(),
        } satisfies UploadView);
      },
    }),
  ];
}
