/** Something went wrong, in words that say what to do. */
export function Problem({ title, message }: { readonly title?: string; readonly message: string }) {
  return (
    <div className="problem" role="alert">
      {title !== undefined && <strong>{title} </strong>}
      {message}
    </div>
  );
}
