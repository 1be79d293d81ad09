/**
 * Three small ESLint rules that read the table in boundaries.mjs. The built-in no-restricted-* rules cannot be used:
 * in a flat config a later block replaces an earlier one, so a file could only ever obey one row.
 */
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXPRESSIONS, IMPORTS } from './boundaries.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pathOf = (context) => relative(root, context.filename).split(sep).join('/');

/** Whether a row of the table forbids its matter in the file `path`. */
function forbidden(row, path) {
  if (row.except?.test(path)) return false;
  return row.notIn ? row.notIn.some((place) => place.test(path)) : !row.in.some((place) => place.test(path));
}

const rule = (description, create) => ({
  meta: { type: 'problem', docs: { description }, schema: [], messages: { reason: '{{what}}: {{reason}}' } },
  create,
});

const whoMayImport = rule('Modules are imported only where the table allows it', (context) => {
  const rows = IMPORTS.filter((row) => forbidden(row, pathOf(context)));
  const check = (source) => {
    if (typeof source?.value !== 'string') return;
    for (const row of rows) {
      if (row.from.test(source.value))
        context.report({
          node: source,
          messageId: 'reason',
          data: { what: `'${source.value}'`, reason: row.reason },
        });
    }
  };
  return {
    ImportDeclaration: (node) => check(node.source),
    ExportNamedDeclaration: (node) => check(node.source),
    ExportAllDeclaration: (node) => check(node.source),
    ImportExpression: (node) => check(node.source),
    TSImportType: (node) => check(node.source ?? node.argument?.literal),
    TSExternalModuleReference: (node) => check(node.expression),
  };
});

const onlyThere = rule('Expressions stand only where the table allows them', (context) => {
  const visitors = {};
  for (const row of EXPRESSIONS.filter((row) => forbidden(row, pathOf(context)))) {
    visitors[row.when] = (node) => {
      const what = context.sourceCode.getText(node).split('\n')[0].slice(0, 60);
      context.report({ node, messageId: 'reason', data: { what, reason: row.reason } });
    };
  }
  return visitors;
});

const explainSuppressions = rule('Every eslint-disable says why, after --', (context) => ({
  Program() {
    for (const comment of context.sourceCode.getAllComments()) {
      if (!/^\s*eslint-disable/.test(comment.value) || /\s--\s+\S.{9,}/s.test(comment.value)) continue;
      context.report({
        loc: comment.loc,
        messageId: 'reason',
        data: {
          what: comment.value.trim().slice(0, 60),
          reason: 'write why behind ` -- `, or repair what it hides',
        },
      });
    }
  },
}));

export default {
  meta: { name: 'countersign' },
  rules: {
    'who-may-import': whoMayImport,
    'only-there': onlyThere,
    'explain-suppressions': explainSuppressions,
  },
};
