// Renders openapi.yaml to one HTML page that needs nothing else: node render.mjs <Scalar's script> <the page to write>
import { readFileSync, writeFileSync } from 'node:fs';

const [rendererPath, pagePath] = process.argv.slice(2);
const configuration = {
  content: readFileSync('openapi.yaml', 'utf8'),
  // What would load from, send to or lead to another host is off.
  withDefaultFonts: false,
  telemetry: false,
  hideTestRequestButton: true,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
};
// Neither a string in the renderer nor the document may end the script element.
const renderer = readFileSync(rendererPath, 'utf8').replaceAll('</script', '<\\/script');
const argument = JSON.stringify(configuration).replaceAll('<', '\\u003c');

writeFileSync(pagePath, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cloudflare TURN keys</title>
</head>
<body>
<div id="page"></div>
<script>${renderer}</script>
<script>Scalar.createApiReference('#page', ${argument})</script>
</body>
</html>
`);
