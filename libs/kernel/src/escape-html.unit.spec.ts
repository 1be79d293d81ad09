import { escapeHtml } from './escape-html.ts';

describe('text in HTML', () => {
  it('what could begin or end a tag, an attribute or an entity is written as a number', () => {
    expect(escapeHtml(`<a title="&amp;" x='\`'>`)).toBe(
      '&#60;a title=&#34;&#38;amp;&#34; x=&#39;&#96;&#39;&#62;',
    );
  });

  it('everything else stays as it is', () => {
    expect(escapeHtml('Zoë, 3 + 4 = 7; 50 %\n😀')).toBe('Zoë, 3 + 4 = 7; 50 %\n😀');
  });
});
