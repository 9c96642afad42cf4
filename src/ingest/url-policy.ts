/** Which URLs hivis may contact. One policy for video and callback URLs. */
export type UrlPolicy = {
  /** Loopback, private, unique-local and carrier-grade NAT addresses may be contacted (intranet video servers). */
  readonly allowPrivate: boolean;
  /** When not empty, the only hosts that may be named: `host`, `*.domain`, either with `:port`. */
  readonly allowedHosts: readonly string[];
  /** Networks in CIDR form that may be contacted although private: narrower than `allowPrivate`. */
  readonly privateNetworks?: readonly string[];
};
