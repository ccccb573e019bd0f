namespace PerceptionEncoder.Tensors;

/// <summary>
/// On a module whose input passes a <see cref="GradientMark"/>: once the backward pass is through it, its parameters have their gradients.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class MarksGradientAttribute : Attribute;
