/** Two processes cannot share a storage. */
export class StorageInUseError extends Error {
  override readonly name = "StorageInUseError";
}
