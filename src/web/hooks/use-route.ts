import { useSyncExternalStore } from 'react';

export type Route = { readonly page: 'analyses' } | { readonly page: 'analysis'; readonly id: string };

/** The address after `#`: it works under any path and from any static server. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  const [, id] = /^#\/analyses\/(an_[0-9a-z]+)$/.exec(hash) ?? [];
  return id === undefined ? { page: 'analyses' } : { page: 'analysis', id };
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener('hashchange', onChange);
  return () => window.removeEventListener('hashchange', onChange);
}

export function analysisHref(id: string): string {
  return `#/analyses/${id}`;
}

export function goTo(href: string): void {
  window.location.hash = href;
}
