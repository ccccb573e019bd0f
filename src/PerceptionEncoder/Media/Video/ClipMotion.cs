namespace PerceptionEncoder.Media.Video;

/// <summary>
/// How much moves in a clip, by the vectors that its encoder predicted frames with. Lengths are shares of the shorter side of the picture,
/// so that a clip and its smaller copy have the same.
/// </summary>
/// <param name="Magnitude">Mean length of the vectors, by the area that each moves, averaged over frames.</param>
/// <param name="Variance">
/// Mean squared distance of a frame's vectors from their mean, averaged over frames: small where the camera moves and all with it, large
/// where things move in their own ways.
/// </param>
/// <param name="Frames">That have vectors.</param>
internal sealed record ClipMotion(double Magnitude, double Variance, int Frames);
