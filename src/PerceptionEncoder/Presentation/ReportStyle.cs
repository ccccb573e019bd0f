namespace PerceptionEncoder.Presentation;

/// <summary>The look of a report. No child selectors: the page is XML, where their sign would be escaped.</summary>
internal static class ReportStyle
{
    public const string Ink = "#1c2128";
    public const string Muted = "#667080";
    public const string Grid = "#eceff2";

    /// <summary>Colours of lines and bars on a light ground, by index.</summary>
    public static readonly IReadOnlyList<string> Colors = ["#2563c9", "#d9730d", "#178a5b", "#a33fb5", "#c2334d", "#55707f"];

    public const string Font = """system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif""";

    public static readonly string Sheet = $$"""
        :root {
          color-scheme: light dark;
          --page: #f6f7f9; --card: #ffffff; --edge: #e3e6ea; --ink: {{Ink}}; --muted: {{Muted}}; --grid: {{Grid}};
          --good: #1a7f37; --busy: #0b63c5; --warn: #9a6700; --bad: #cf222e;
          {{string.Join(' ', Colors.Select((color, index) => $"--c{index}: {color};"))}}
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #0f1318; --card: #171c23; --edge: #2a313b; --ink: #e4e8ed; --muted: #93a0af; --grid: #242b34;
            --good: #4cc26d; --busy: #6aa8f7; --warn: #dba63c; --bad: #f4707a;
            --c0: #6aa8f7; --c1: #f0a04b; --c2: #4fc793; --c3: #cf8be0; --c4: #f07f93; --c5: #9fb4c1;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink);
            font: 15px/1.5 {{Font}}; }
        main { max-width: 1180px; margin: 0 auto; padding: 32px 20px 64px; }
        h1 { margin: 0; font-size: 26px; line-height: 1.25; letter-spacing: -0.01em; overflow-wrap: anywhere; }
        h2 { margin: 40px 0 12px; font-size: 18px; }
        h3 { margin: 0 0 8px; font-size: 15px; }
        p { margin: 4px 0 0; }
        .muted { color: var(--muted); font-size: 13px; }
        .status { display: inline-block; vertical-align: 3px; margin-left: 8px; padding: 1px 10px;
            border: 1px solid currentColor; border-radius: 999px; font-size: 12px; font-weight: 600; letter-spacing: 0.02em; }
        .finished { color: var(--good); } .running { color: var(--busy); }
        .interrupted { color: var(--warn); } .failed { color: var(--bad); }
        .card { margin: 0; padding: 16px 18px; background: var(--card); border: 1px solid var(--edge); border-radius: 10px; }
        section .card + .card { margin-top: 14px; }
        .charts .card + .card { margin-top: 0; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: 14px; margin-top: 24px; }
        .tile .name { color: var(--muted); font-size: 13px; overflow-wrap: anywhere; }
        .tile .value { font-size: 26px; font-weight: 650; letter-spacing: -0.02em; line-height: 1.3; font-variant-numeric: tabular-nums; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 14px; margin-bottom: 14px; }
        figcaption { display: flex; flex-wrap: wrap; gap: 2px 8px; align-items: baseline; }
        .unit { color: var(--muted); font-size: 13px; }
        .legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 2px 0 6px; font-size: 13px; color: var(--muted); }
        .key { color: var(--muted); }
        .key::before { content: ""; display: inline-block; width: 12px; height: 3px; margin-right: 6px; border-radius: 2px;
            vertical-align: 4px; background: var(--color); }
        .key b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
        .c0 { --color: var(--c0); } .c1 { --color: var(--c1); } .c2 { --color: var(--c2); }
        .c3 { --color: var(--c3); } .c4 { --color: var(--c4); } .c5 { --color: var(--c5); }
        figure svg { display: block; width: calc(100% - 66px); height: 192px; margin: 24px 14px 40px 52px; overflow: visible; }
        svg svg { width: 100%; height: 100%; margin: 0; }
        svg text { fill: var(--muted); font-size: 12px; font-variant-numeric: tabular-nums; }
        .end { text-anchor: end; } .middle { text-anchor: middle; }
        .grid { stroke: var(--grid); } .axis, .mark { stroke: var(--muted); stroke-opacity: 0.6; }
        .stage { stroke: var(--muted); stroke-dasharray: 3 4; stroke-opacity: 0.7; }
        .line, .shadow { vector-effect: non-scaling-stroke; }
        .line { fill: none; stroke: var(--color); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .shadow { fill: none; stroke: var(--c0); stroke-width: 1; stroke-opacity: 0.35; }
        .dot { fill: var(--card); stroke: var(--color); stroke-width: 2; }
        .scroll { overflow-x: auto; max-height: 420px; }
        table { width: 100%; border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
        th, td { padding: 5px 14px 5px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
        th:first-child, td:first-child { text-align: left; }
        th { color: var(--muted); font-weight: 500; }
        tr:last-child td { border-bottom: 0; }
        td strong { color: var(--good); }
        .narrow { max-width: 480px; }
        img { display: block; max-width: 100%; margin: 10px auto 0; border-radius: 6px; background: #ffffff; }
        summary { cursor: pointer; font-weight: 600; }
        pre { margin: 12px 0 0; overflow-x: auto; font: 13px/1.55 ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; }
        """;
}
