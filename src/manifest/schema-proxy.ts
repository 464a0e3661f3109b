/** The proxy of a network that lets nothing out directly: the gateway goes through it, the bottle knows nothing of it. */
import { object, refine } from "./check/object.ts";
import { text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { localPathFormat } from "./formats/local-path.ts";
import { proxyUrlFormat } from "./formats/proxy-url.ts";
import { secretFormat } from "./formats/secret.ts";
import type { SecretRef, UpstreamProxySpec } from "./manifest.ts";

interface WrittenProxy {
  readonly url: string;
  readonly ca?: string;
  readonly auth?: SecretRef;
}

export const upstreamProxy: Type<UpstreamProxySpec> = refine(
  object<WrittenProxy>("an upstream proxy", {
    url: {
      type: text(proxyUrlFormat),
      doc: "The proxy's http or https URL, without user and path.",
      required: true,
    },
    ca: {
      type: text(localPathFormat),
      doc: "A PEM file of certificate authorities to trust beside the system's.",
    },
    auth: { type: text(secretFormat), doc: "Where user:password of the proxy is kept." },
  }),
  ({ url, ca = null, auth = null }) => ({ url, ca, auth }),
);
