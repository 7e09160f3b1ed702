// An OpenID Connect provider for tests: node provider.mjs PORT ADDRESS-OF-THE-APPLICATION
//
// Who has an account there, and how its next ID token is to be wrong, is told with PUT /told.
import http from 'node:http';
import { text } from 'node:stream/consumers';

import { SignJWT, decodeJwt, exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const [port, application] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const ALG = 'RS256';
const pair = await generateKeyPair(ALG, { extractable: true });
const stranger = await generateKeyPair(ALG, { extractable: true });
const key = { ...(await exportJWK(pair.privateKey)), kid: 'one', use: 'sig', alg: ALG };

const HEAD = '<!doctype html><html lang="en"><title>Provider</title><h1>The provider</h1>';
let told = { people: {}, wrong: null };

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'induction',
      client_secret: 'a secret for tests alone',
      redirect_uris: [`${application}/sign-in/provider/answer`],
      post_logout_redirect_uris: [`${application}/`],
    },
  ],
  jwks: { keys: [key] },
  cookies: { keys: ['not a secret'] },
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  claims: {
    openid: ['sub', 'tid', 'oid', 'hd', 'idp', 'acct', 'roles', 'xms_edov'],
    email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username'],
  },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = `${HEAD}${form}<button form="op.logoutForm" name="logout" value="yes">Out</button>`;
      },
    },
  },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...told.people[id] }) }),
  async loadExistingGrant(ctx) {
    const { client, session } = ctx.oidc;
    const held = session.grantIdFor(client.clientId);
    if (held) return provider.Grant.find(held);
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});

// {claims: {name: value, or null to leave it out}, alg: 'none', key: 'stranger'}
async function made_wrong(token, { claims = {}, alg = ALG, key: whose }) {
  const payload = Object.fromEntries(
    Object.entries({ ...decodeJwt(token), ...claims }).filter(([, value]) => value !== null),
  );
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  if (alg === 'none') return `${part({ alg })}.${part(payload)}.`;
  const signer = whose === 'stranger' ? stranger : pair;
  const sealed = new SignJWT(payload).setProtectedHeader({ alg, kid: 'one' });
  if (alg !== ALG) return sealed.sign(new TextEncoder().encode('a secret for tests alone'));
  return sealed.sign(signer.privateKey);
}

provider.on('grant.error', (_ctx, error) => console.error(error.message, error.error_detail));
provider.use(async (ctx, next) => {
  await next();
  if (told.wrong && ctx.path === '/token' && ctx.body?.id_token) {
    ctx.body.id_token = await made_wrong(ctx.body.id_token, told.wrong);
  }
});

const PAGE = `${HEAD}<form method="post"><label>Name <input name="login"></label><button>Let me in</button></form>`;

async function interact(request, response) {
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    return response.end(PAGE);
  }
  const accountId = new URLSearchParams(await text(request)).get('login');
  const refused = { error: 'access_denied', error_description: 'cancelled' };
  const result = accountId ? { login: { accountId } } : refused;
  return provider.interactionFinished(request, response, result, {
    mergeWithLastSubmission: false,
  });
}

const callback = provider.callback();
http
  .createServer(async (request, response) => {
    if (request.url === '/told') {
      told = JSON.parse(await text(request));
      return response.end();
    }
    if (request.url === '/favicon.ico') return response.writeHead(204).end();
    if (request.url.startsWith('/interaction/')) return interact(request, response);
    return callback(request, response);
  })
  .listen(Number(port), '127.0.0.1');
