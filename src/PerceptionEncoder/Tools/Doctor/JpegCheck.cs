using PerceptionEncoder.Media.Images;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Whether JPEG decodes to the pixels that published numbers are made of: those of PIL.</summary>
internal static class JpegCheck
{
    private const int Width = 21;
    private const int Height = 13;

    // 21x13, colours at half resolution both ways, made and decoded by PIL 9.4.0 with libjpeg-turbo 2.1.5.
    private const string Picture =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUo"
        + "KSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wAARCAANABUDASIAAhEB"
        + "AxEB/8QAFwAAAwEAAAAAAAAAAAAAAAAAAAIGBP/EACUQAAAGAgIBBAMAAAAAAAAAAAECAwQFBgAREiExByJRsWHB8P/EABYBAQEBAAAAAAAAAAAAAAAA"
        + "AAQCBf/EACMRAAICAgIABwEAAAAAAAAAAAECAxEEIQASBQYyQWGhscH/2gAMAwEAAhEDEQA/AMNksVVlnLSLla6ZsfoDmKnrv68feNYYGmu0mzCBmDMl"
        + "hIHs3oBEd96D8Yend5NaJZY8vEMFjFDjviPevnKNrSYKx2pRRdmCCggBwFMR6EBHxgO0OFFH3RkjSrIKspJBrRN3de1f2MjJeJWZy8TZDdBTBgEHweMx"
        + "rFggGDdvFTzddIxeQ8jF6+PP91hk1dqEqnMmTZzrxuiUNAQpd/vDNfH8MOTGJqJ7b9MY/bP3w+V5zGJK2Pjyp0TQuLetb5//2Q==";

    private const string Pixels =
        "iXsAo38AuGYAp1IRgEssLB0aARwvAAEtNABAegBHywBE8hlE3DM4lC0eYU9BJ0s/IF1VVn5zpYZy56mE+buC1Mch6c887LNK0p5VkYRXUGpRIF5ZI1Fg"
        + "Ykhtnj5s2DJa0Ro2pBgbYhENMCsvAiQtEjpERE1Wml1k1XNw85B92tE09exf/fKI3+2YjtODXMmFI6x0Nqd7a5R0rJB65Yh5wlFLjjw+WjNFIDRZACJS"
        + "IiNTUBtPpCdhxyJe3S5p0qox4MNb4diTrdCaaceTVNmgPtWQauifm9iV1NuY/+Gd0ah0m5B+Y3+DHWt4EFNuTEt1fTptvj11zyxlyh5Y0mAsynBOvY6U"
        + "dnuYSIirPJ6rT7iPhNeTyemm5u6Z9/6KvNltitSZVc2gIMOCMLmDe6GWtJWb1o6P2H5zrFg8tiEaoys0gENvPDJ3HkWUFkqGQ2dzeX9xxKWQ1bR+ysxe"
        + "lMNTdNObTdaqPeScY+ujstuz7N3A9Naw5MqXqKNhyTdBpDJJVCBRHBJXBBBiEQ5nXySCnzuRzEmN2GZ/rHhIbnI3UoZ6NYaKRaCZbq+Zxsyg8+Ks7u20"
        + "y+esoeep1HRmsXJrTU1ZLE5qEzNkJh5nbhh7rCKStBCAvjV5djgrMScMHDNSFjNrUF2SgXCUxIiI4qWS0rynmrGdgcy4yMx/p8x/U7NsHpNfL419XISO"
        + "lGODtU2M0E+0oDmIUjUtEhoPFBhfFwNySQVymyuRzC+K1D2OsVGZg1mbV2Odot94luyHXOaGO9F6U8yHiMmPy7qG8rSb35qvoXuGTG04E0wfKUpzPDCE"
        + "axtyqiR90iF5ySF2kSRzVh5nKB5jcbVgb8h4T9CNSNKEb+FyqvBp7Pdb//9n3+pnndZTTckzGKcpPatuYZeAkXlvw3Bq1V9Vu09Fcjs2Lx8iBw4eKVkn"
        + "H14zDWdLIHtQXp5Kn75H1co82tM8tNZMfttMQ+VEGM0yQ9RbedNzucR15cB526detpNRZ3hEKlc4EEU9HRscDRQcBRkxJjFHbFJbrXZx1od2zY+Am5ud"
        + "arCYPM90F8VAR9hLiepf0e127vCF3fKNreWOZNCSNrmZK6uu";

    /// <summary>With the decoder that this machine has.</summary>
    public static MachineCheck Decode(Device device) => Decode(ImageDecoders.Default);

    /// <summary>The largest difference of a channel in levels.</summary>
    public static MachineCheck Decode(IImageDecoder decoder) => MachineCheck.AtMost(
        0,
        "pixels of a JPEG, levels off those of PIL",
        "JPEG is decoded to other pixels than published numbers are made of: apt-get install -y libturbojpeg0 (2.0 or newer).",
        () =>
        {
            var image = decoder.Decode(Convert.FromBase64String(Picture), IImageDecoder.DefaultMaximumPixels);
            return (image.Width, image.Height, image.Channels) == (Width, Height, 3)
                ? image.Pixels.Zip(Convert.FromBase64String(Pixels), (actual, expected) => Math.Abs(actual - expected)).Max()
                : double.PositiveInfinity;
        });
}
