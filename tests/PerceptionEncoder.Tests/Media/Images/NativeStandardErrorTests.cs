using System.Runtime.InteropServices;
using OpenCvSharp;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

/// <summary>Looks at file descriptor 2 itself: native libraries do not write through .NET's console.</summary>
public partial class NativeStandardErrorTests
{
    [SkippableFact]
    public void A_damaged_scan_prints_nothing_though_libjpeg_warns_of_it()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "descriptor 2 is looked at as on Linux");
        var damaged = DamagedJpeg();

        Assert.Contains("Corrupt JPEG data", Printed(() => Cv2.ImDecode(damaged, ImreadModes.Color).Dispose()));
        Assert.DoesNotContain("Corrupt JPEG data", Printed(() => new OpenCvImageDecoder().Decode(damaged, 1_000_000)));
        Assert.Contains("Corrupt JPEG data", Printed(() => Cv2.ImDecode(damaged, ImreadModes.Color).Dispose()));
    }

    private static byte[] DamagedJpeg()
    {
        using var picture = new Mat(64, 64, MatType.CV_8UC3);
        Cv2.Randu(picture, Scalar.All(0), Scalar.All(256));
        var file = picture.ToBytes(".jpg");
        file.AsSpan((file.Length / 2)..(file.Length - 2)).Clear();
        return file;
    }

    private static string Printed(Action action)
    {
        var path = Path.GetTempFileName();
        try
        {
            var original = Duplicate(2);
            using (var target = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
            {
                Assert.Equal(2, DuplicateTo((int)target.SafeFileHandle.DangerousGetHandle(), 2));
                try
                {
                    action();
                }
                finally
                {
                    Assert.Equal(2, DuplicateTo(original, 2));
                    Assert.Equal(0, Close(original));
                }
            }

            return File.ReadAllText(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int DuplicateTo(int descriptor, int target);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
