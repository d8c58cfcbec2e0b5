// The editor: CodeMirror with SPARQL, in the colours of the page.
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, drawSelection, highlightActiveLine, highlightSpecialChars, tooltips } from "@codemirror/view";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { StreamLanguage, syntaxHighlighting, HighlightStyle, bracketMatching, indentOnInput } from "@codemirror/language";
import { autocompletion, completionKeymap, closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { setDiagnostics, lintGutter } from "@codemirror/lint";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";
import { tags } from "@lezer/highlight";

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.number, tags.bool], color: "var(--good)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: "var(--warn)" },
  { tag: [tags.atom, tags.typeName, tags.standard(tags.variableName)], color: "var(--seal)" },
]);

const LOOK = EditorView.theme({
  "&": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--strong)", borderRadius: "4px", fontSize: ".9rem" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", minHeight: "12rem", maxHeight: "60vh", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", padding: ".6rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--wash)", color: "var(--muted)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--line)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--wash)", outline: "1px solid var(--strong)" },
  ".cm-tooltip": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--strong)", borderRadius: "4px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--sans)", fontSize: ".88rem", maxHeight: "16rem", maxWidth: "min(94vw, 44rem)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".25rem .6rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionLabel": { fontFamily: "var(--mono)" },
  ".cm-completionDetail": { fontStyle: "normal", marginLeft: ".8rem" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", maxWidth: "min(90vw, 36rem)" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--seal)" },
  // The page loads no pictures of text (data:): the signs of the package are replaced by letters.
  ".cm-lint-marker-error": { content: "normal", color: "var(--seal)", fontWeight: "700", textAlign: "center" },
  ".cm-lint-marker-error::before": { content: "'✕'" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--seal)", backgroundColor: "var(--seal-wash)" },
});

export function open(place, text, { words, nonce, complete, run, changed }) {
  const view = new EditorView({
    parent: place,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(nonce), lineNumbers(), lintGutter(), history(), drawSelection(), highlightSpecialChars(), indentOnInput(),
        bracketMatching(), closeBrackets(), highlightActiveLine(), EditorView.lineWrapping, tooltips({ position: "absolute" }),
        StreamLanguage.define(sparql), syntaxHighlighting(COLOURS), LOOK,
        autocompletion({ override: [complete], activateOnTypingDelay: 10, icons: false, maxRenderedOptions: 60 }),
        keymap.of([
          { key: "Mod-Enter", run: () => (run(), true), preventDefault: true },
          ...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap.filter((one) => one.key !== "Mod-Enter"), ...historyKeymap,
        ]),
        EditorView.contentAttributes.of({ "aria-label": words.field, "aria-describedby": "editor-keys", id: "editor" }),
        EditorState.phrases.of({ "Completions": words.suggestions }),
        EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
      ],
    }),
  });
  return view;
}

export function text(view) {
  return view.state.doc.toString();
}

export function write(view, wanted) {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: wanted }, selection: { anchor: 0 }, scrollIntoView: true });
}

// The place of a mistake that the endpoint named by line and column, both from 1, in characters as people count them.
export function offset(state, { line, column }) {
  const found = state.doc.line(Math.min(Math.max(1, line), state.doc.lines));
  const signs = [...found.text], before = signs.slice(0, Math.max(0, column - 1)).join("").length;
  return Math.min(found.from + before, found.to);
}

export function mark(view, mistake, message) {
  if (!mistake) { view.dispatch(setDiagnostics(view.state, [])); return; }
  const { state } = view;
  let from = offset(state, mistake), to = from;
  const rest = state.sliceDoc(from, state.doc.lineAt(from).to), word = rest.match(/^(?:[?$]?[\p{L}\p{N}_:.-]+|\S)/u);
  if (word) to += word[0].length;
  else { // where nothing is, the word before it was the last that was read
    const before = state.sliceDoc(0, from).trimEnd();
    to = before.length;
    from = to - (before.match(/(?:[?$]?[\p{L}\p{N}_:.-]+|\S)$/u)?.[0].length ?? 0);
  }
  view.dispatch(setDiagnostics(state, [{ from, to, severity: "error", message }]));
}

export function jump(view, mistake) {
  view.dispatch({ selection: { anchor: offset(view.state, mistake) }, scrollIntoView: true });
  view.focus();
}
