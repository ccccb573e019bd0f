using System.Text;

namespace PerceptionEncoder.Configuration;

/// <summary>C# names -> config keys: <c>LearningRate</c> -> <c>learning_rate</c>, <c>UseRope2D</c> -> <c>use_rope2d</c>.</summary>
internal static class SnakeCase
{
    public static string Of(string name)
    {
        var key = new StringBuilder();
        for (int i = 0; i < name.Length; i++)
        {
            bool startsWord = char.IsUpper(name[i]) && i > 0
                && (char.IsLower(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            key.Append(startsWord ? "_" : "").Append(char.ToLowerInvariant(name[i]));
        }

        return key.ToString();
    }
}
