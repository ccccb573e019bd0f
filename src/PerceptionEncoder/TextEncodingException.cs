namespace PerceptionEncoder;

/// <summary>Bytes that are no text. The message says what they seem to be and what to do; whoever knows the file adds it.</summary>
internal sealed class TextEncodingException(int line, string problem) : Exception(problem)
{
    /// <summary>Where they stop being text, from 1.</summary>
    public int Line => line;
}
