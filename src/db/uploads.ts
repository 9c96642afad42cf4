import { HivisError } from '../shared/errors.js';
import type { Db } from './client.js';

/** A file that was sent to us and lies in storage, for any number of analyses. */
export type UploadRow = {
  readonly id: string;
  readonly fileName: string;
  readonly storageKey: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly createdAt: Date;
};

export async function insertUpload(db: Db, upload: Omit<UploadRow, 'createdAt'>): Promise<UploadRow> {
  const [row] = await db<[UploadRow]>`
    insert into uploads (id, file_name, storage_key, size_bytes, sha256)
    values (${upload.id}, ${upload.fileName}, ${upload.storageKey}, ${upload.sizeBytes}, ${upload.sha256})
    returning *`;
  return row;
}

export async function findUpload(db: Db, id: string): Promise<UploadRow | undefined> {
  const [row] = await db<UploadRow[]>`select * from uploads where uploads.id = ${id}`;
  return row;
}

/** Throws `upload_not_found`. */
export async function getUpload(db: Db, id: string): Promise<UploadRow> {
  const row = await findUpload(db, id);
  if (row === undefined) throw new HivisError('upload_not_found', `There is no upload ${id}. Upload the file again.`);
  return row;
}

/** Removes an upload that no analysis refers to; gives it back so that its file can be removed. */
export async function deleteUnusedUpload(db: Db, id: string): Promise<UploadRow | undefined> {
  const [row] = await db<UploadRow[]>`
    delete from uploads
    where uploads.id = ${id} and not exists (select from analyses where analyses.upload_id = uploads.id)
    returning *`;
  return row;
}

/** Uploads made before `createdBefore` that no analysis refers to. */
export async function listUnusedUploads(db: Db, createdBefore: Date, limit: number): Promise<UploadRow[]> {
  return db<UploadRow[]>`
    select * from uploads
    where uploads.created_at < ${createdBefore}
      and not exists (select from analyses where analyses.upload_id = uploads.id)
    order by uploads.created_at limit ${limit}`;
}
