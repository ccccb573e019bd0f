using System.Diagnostics;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Tests.Review;

/// <summary>A tab, in which a person presses keys.</summary>
internal sealed class BrowserTab(Browser browser, string session)
{
    private const int Control = 2;
    private const int Shift = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly Dictionary<string, int> KeyCodes = new()
    {
        ["Enter"] = 13, ["Escape"] = 27, ["ArrowLeft"] = 37, ["ArrowRight"] = 39, ["Tab"] = 9,
    };

    /// <summary>What should not have happened: see <see cref="Browser.Events"/>.</summary>
    public IReadOnlyCollection<string> Events => browser.Events(session);

    public Task<JsonObject> Send(string method, JsonObject? parameters = null) => browser.Send(method, parameters, session);

    public async Task Go(Uri address)
    {
        await Send("Page.navigate", new JsonObject { ["url"] = address.ToString() });
        await Until("document.readyState === 'complete'");
    }

    public async Task Reload()
    {
        await Evaluate("window.isOld = true");
        await Send("Page.reload");
        await Until("window.isOld !== true && document.readyState === 'complete'");
    }

    /// <summary>The value of an expression in the page.</summary>
    public async Task<JsonNode?> Evaluate(string expression)
    {
        var answer = await Send(
            "Runtime.evaluate",
            new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return answer["exceptionDetails"] is { } failure
            ? throw new InvalidOperationException($"{expression}: {failure.ToJsonString()}")
            : answer["result"]!["value"];
    }

    public async Task<string> Text(string id) => (await Evaluate($"document.getElementById('{id}').textContent"))!.GetValue<string>();

    public async Task<bool> Is(string expression)
        => await Evaluate($"Boolean({expression})") is { } value && value.GetValue<bool>();

    /// <summary>Waits until an expression is true.</summary>
    public async Task Until(string expression)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await Is(expression))
                {
                    return;
                }
            }
            catch (InvalidOperationException) when (clock.Elapsed < Patience)
            {
                // Between two pages.
            }

            if (clock.Elapsed > Patience)
            {
                var shown = await Evaluate("document.body.innerText");
                Assert.Fail($"in vain: {expression}\n{shown}\n{string.Join('\n', Events)}");
            }

            await Task.Delay(15);
        }
    }

    /// <summary>Presses a key; <c>Ctrl+</c> and <c>Shift+</c> may stand before its name.</summary>
    public async Task Press(string key)
    {
        var modifiers = 0;
        foreach (var (name, bit) in new[] { ("Ctrl+", Control), ("Shift+", Shift) })
        {
            if (key.StartsWith(name, StringComparison.Ordinal))
            {
                (key, modifiers) = (key[name.Length..], modifiers | bit);
            }
        }

        var down = new JsonObject { ["type"] = "keyDown", ["key"] = key, ["modifiers"] = modifiers };
        if (key.Length == 1)
        {
            down["text"] = key;
        }
        else
        {
            down["windowsVirtualKeyCode"] = KeyCodes[key];
            down["code"] = key;
            if (key == "Enter" && modifiers == 0)
            {
                down["text"] = "\r";
            }
        }

        await Send("Input.dispatchKeyEvent", down);
        var up = down.DeepClone().AsObject();
        up["type"] = "keyUp";
        up.Remove("text");
        await Send("Input.dispatchKeyEvent", up);
    }

    public Task Type(string text) => Send("Input.insertText", new JsonObject { ["text"] = text });

    public async Task<byte[]> Picture()
        => Convert.FromBase64String((await Send("Page.captureScreenshot"))["data"]!.GetValue<string>());
}
