using PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>What a model is asked in each set: the sentences of lmms-eval, with which PLM's numbers are published.</summary>
internal static class QuestionPrompts
{
    private const string Short = "\nAnswer the question using a single word or phrase.";
    private const string Letter = "\nAnswer with the option's letter from the given choices directly.";

    /// <summary>The question and nothing else.</summary>
    public static string Plain(VisualQuestion question) => question.Text;

    /// <summary>For a word or a phrase.</summary>
    public static string Phrase(VisualQuestion question) => question.Text + Short;

    /// <summary>MME's own sentence at the end is replaced.</summary>
    public static string YesOrNo(VisualQuestion question)
        => question.Text.Replace(" Please answer yes or no.", "", StringComparison.Ordinal) + Short;

    /// <summary>Options below each other, <c>A. text</c>.</summary>
    public static string Choice(VisualQuestion question)
        => $"{question.Text}{Options(question, "\n{0}. {1}")}{Letter}";

    /// <summary>MVBench's.</summary>
    public static string Best(VisualQuestion question)
        => $"Question:{question.Text}\nOption:\n{Options(question, "({0}) {1}\n")}Only give the best option.\n";

    /// <summary>For a caption.</summary>
    public static string Caption(VisualQuestion question) => "Provide a one-sentence caption for the provided image.";

    /// <summary>For the box of what a sentence describes.</summary>
    public static string Region(VisualQuestion question)
        => "Bounding box coordinates are specified in the format (top-left x, top-left y, bottom-right x, bottom-right y). "
            + "All values are floating point numbers bounded between 0 and 1. "
            + $"Please provide the bounding box coordinate of the region this sentence describes: {question.Text}";

    private static string Options(VisualQuestion question, string form) => string.Concat(
        question.Options.Select((option, index) => string.Format(null, form, VisualQuestion.Letter(index), option)));
}
