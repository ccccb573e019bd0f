using CsCheck;
using PerceptionEncoder.Inference;

namespace PerceptionEncoder.Tests.Inference;

public sealed class PackedRowsTests
{
    private static readonly Gen<int[]> Lengths = Gen.Int[1, 200].Array[1, 60];

    [Fact]
    public void Sequences_never_overlap_and_no_row_is_longer_than_asked_for()
        => Lengths.Select(Gen.Int[200, 600]).Sample((lengths, rowLength) =>
        {
            var rows = PackedRows.Lay(lengths, rowLength);
            Assert.Equal(lengths, rows.Places.Select(place => place.Length));
            Assert.InRange(rows.Length, lengths.Max(), rowLength);
            foreach (var row in rows.Places.GroupBy(place => place.Row))
            {
                var end = 0;
                foreach (var place in row.OrderBy(place => place.Start))
                {
                    Assert.Equal(end, place.Start);
                    end += place.Length;
                }
            }

            Assert.Equal(Enumerable.Range(0, rows.Rows), rows.Places.Select(place => place.Row).Distinct().Order());
        });

    [Fact]
    public void Sequences_far_shorter_than_a_row_leave_less_than_a_tenth_empty()
        => Gen.Int[16, 160].Array[400].Sample(lengths => Assert.InRange(PackedRows.Lay(lengths, 2048).Padding, 0, 0.1), iter: 20);

    [Fact]
    public void A_sequence_longer_than_a_row_has_one_to_itself()
    {
        var rows = PackedRows.Lay([5, 30, 4], 10);
        Assert.Equal((2, 30), (rows.Rows, rows.Length));
        Assert.Equal([1, 0, 1], rows.Places.Select(place => place.Row));
    }

    [Fact]
    public void Without_packing_every_sequence_has_a_row()
        => Assert.Equal([2, 0, 1], PackedRows.Lay([3, 7, 5], 0).Places.Select(place => place.Row));
}
