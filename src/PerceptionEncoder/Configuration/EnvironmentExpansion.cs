using System.Text;

namespace PerceptionEncoder.Configuration;

/// <summary>Replaces <c>${NAME}</c> and <c>${NAME:-default}</c> in scalars; <c>$${</c> is a plain <c>${</c>.</summary>
/// <remarks>
/// Runs on the merged config, so that a value nobody uses needs no variable. The default also stands in for an empty variable. Values of
/// variables that look like secrets are told to <see cref="Secrets"/>.
/// </remarks>
internal sealed class EnvironmentExpansion(Func<string, string?> environment, ICollection<ConfigProblem> problems)
{
    private const string Open = "${";
    private const string Default = ":-";

    /// <summary>Makes text literal: what <see cref="Expand"/> turns back into <paramref name="text"/>.</summary>
    public static string Escape(string text) => text.Replace(Open, "$" + Open, StringComparison.Ordinal);

    public ConfigNode Expand(ConfigNode node, string path) => node switch
    {
        ConfigScalar scalar => ExpandScalar(scalar, path),
        ConfigList list => list with { Items = [.. list.Items.Select((item, i) => Expand(item, KeyPath.Of(path, i)))] },
        ConfigMap map => map with
        {
            Entries = [.. map.Entries.Select(entry => entry with { Value = Expand(entry.Value, KeyPath.Of(path, entry.Key)) })],
        },
        _ => node,
    };

    private ConfigScalar ExpandScalar(ConfigScalar scalar, string path)
    {
        var text = scalar.Text;
        var (expanded, written) = (new StringBuilder(), new StringBuilder());
        var (read, secret) = (false, false);
        int at = 0;
        for (int open; (open = text.IndexOf(Open, at, StringComparison.Ordinal)) >= 0;)
        {
            if (open > at && text[open - 1] == '$')
            {
                expanded.Append(text, at, open - 1 - at).Append(Open);
                written.Append(text, at, open + Open.Length - at);
                at = open + Open.Length;
                continue;
            }

            var close = CloseOf(text, open + Open.Length);
            if (close < 0)
            {
                return Broken(scalar, path, "'${' without '}'; write '$${' for a literal '${'");
            }

            var (name, standIn) = SplitDefault(text[(open + Open.Length)..close]);
            if (!IsName(name))
            {
                return Broken(scalar, path, $"'{name}' is not the name of an environment variable; write '$${{' for a literal '${{'");
            }

            var value = environment(name);
            var isDefault = string.IsNullOrEmpty(value) && standIn is not null;
            value = isDefault ? standIn : value;
            if (value is null)
            {
                return Broken(scalar, path, $"the environment variable {name} is not set; set it or write ${{{name}:-default}}");
            }

            expanded.Append(text, at, open - at).Append(value);
            written.Append(text, at, open - at);
            if (Secrets.IsSecret(name) && value.Length > 0)
            {
                Secrets.Add(name, value, isDefault);
                written.Append(Open).Append(name).Append('}');
                secret = true;
            }
            else
            {
                written.Append(Escape(value));
            }

            at = close + 1;
            read = true;
        }

        if (at == 0)
        {
            return scalar;
        }

        var full = expanded.Append(text, at, text.Length - at).ToString();
        if (secret)
        {
            Secrets.AddScalar(full, written.Append(text, at, text.Length - at).ToString());
        }

        return scalar with { Text = full, IsExpanded = read };
    }

    /// <summary>
    /// The brace that closes what begins there; a default may have pairs of its own, as shards have. -1 where there is none.
    /// </summary>
    private static int CloseOf(string text, int start)
    {
        var depth = 1;
        for (var i = start; i < text.Length; i++)
        {
            depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private static (string Name, string? StandIn) SplitDefault(string inside) =>
        inside.IndexOf(Default, StringComparison.Ordinal) is >= 0 and var at
            ? (inside[..at], inside[(at + Default.Length)..])
            : (inside, null);

    private static bool IsName(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private ConfigScalar Broken(ConfigScalar scalar, string path, string message)
    {
        problems.Add(new ConfigProblem(scalar.Location, path, message));
        return scalar with { IsBroken = true };
    }
}
