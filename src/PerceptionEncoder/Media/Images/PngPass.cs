namespace PerceptionEncoder.Media.Images;

/// <summary>The pixels that one pass of an interlaced picture holds: every so many-th of every so many-th row.</summary>
internal readonly record struct PngPass(int X, int StepX, int Y, int StepY)
{
    public long Columns(long width) => (width - X + StepX - 1) / StepX;

    public long Rows(long height) => (height - Y + StepY - 1) / StepY;

    /// <summary>Puts the pixels of a pass where they belong.</summary>
    public void Spread(DecodedImage pass, DecodedImage whole)
    {
        var channels = whole.Channels;
        for (var y = 0; y < pass.Height; y++)
        {
            var row = (Y + (y * StepY)) * whole.Width;
            for (var x = 0; x < pass.Width; x++)
            {
                var pixel = pass.Pixels.AsSpan(((y * pass.Width) + x) * channels, channels);
                pixel.CopyTo(whole.Pixels.AsSpan((row + X + (x * StepX)) * channels));
            }
        }
    }
}
