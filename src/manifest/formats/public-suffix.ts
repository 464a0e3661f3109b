/** Names under which anybody can get a name of his own: a wildcard over one of them allows an attacker's host too. */

/** Second-level labels under which country registries hand out names, e.g. `co` in `co.uk`. */
const registryLabels: ReadonlySet<string> = new Set(
  "ac co com edu go gob gov mil ne net nom or org sch".split(" "),
);

/** Services that give names to their customers. Not complete (the Public Suffix List has thousands): the common ones. */
const services: ReadonlySet<string> = new Set(
  `amazonaws.com appspot.com azureedge.net azurestaticapps.net azurewebsites.net b-cdn.net backblazeb2.com blogspot.com
  cdn.cloudflare.net cloudapp.net cloudapp.azure.com cloudfront.net cloudfunctions.net core.windows.net blob.core.windows.net
  deno.dev deno.net digitaloceanspaces.com duckdns.org execute-api.us-east-1.amazonaws.com firebaseapp.com firebaseio.com
  fly.dev fly.io fastly.net gitbook.io github.dev github.io githubpreview.dev gitlab.io glitch.me googleapis.com
  googleusercontent.com herokuapp.com hf.space loca.lt localhost.run lambda-url.us-east-1.on.aws on.aws myshopify.com
  netlify.app ngrok-free.app ngrok-free.dev ngrok.app ngrok.dev ngrok.io nip.io notion.site onrender.com oast.fun oast.live
  oast.me oast.online oast.pro oast.site pages.dev pipedream.net r2.dev railway.app readthedocs.io replit.app replit.dev repl.co
  run.app s3.amazonaws.com sslip.io supabase.co surge.sh storage.googleapis.com translate.goog trycloudflare.com
  vercel.app web.app webflow.io workers.dev`.split(/\s+/),
);

/** True if strangers can have names directly under this one. */
export function isPublicSuffix(name: string): boolean {
  const labels = name.split(".");
  if (labels.length === 1) return true;
  if (labels.length === 2 && labels[1]?.length === 2 && registryLabels.has(labels[0] ?? ""))
    return true;
  // Regional names such as s3.eu-central-1.amazonaws.com.
  return services.has(name) || name.endsWith(".amazonaws.com") || name.endsWith(".on.aws");
}
